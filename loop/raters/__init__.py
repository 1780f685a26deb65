"""Several people's answers on the same items: one class of them, and how far they agree.

Pure functions of arrays, one file for each method. CROWDLAB, which asks a classifier too, is named
by projects only: see `loop.crowdlab`.
"""

from loop.raters.aggregation import Method
from loop.raters.dawid_skene import dawid_skene
from loop.raters.glad import glad
from loop.raters.mace import mace
from loop.raters.majority import majority
from loop.raters.one_coin import one_coin

# The first one's consensus is meant where none is named.
NAMED: dict[str, Method] = {
    "dawid-skene": dawid_skene,
    "majority": majority,
    "one-coin": one_coin,
    "mace": mace,
    "glad": glad,
}
