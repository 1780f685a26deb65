"""The project's database, and the only room that holds SQL.

`Store` gives connections and transactions; each module beside it owns some tables and offers
plain functions that take the open database first, so that one transaction may span several.
"""

from loop.store.database import Database, Store

__all__ = ["Database", "Store"]
