"""What every server of the tests needs, imported and looked up once for all of them.

Streamlit looks at its start through all that is installed for components of others, in 0.2 s.
"""

import altair  # noqa: F401 - for charts
import pandas as pd  # noqa: F401 - for Streamlit, at the first chart
from streamlit.components.v2 import manifest_scanner

import ui.cli
import ui.pages.label
import ui.server  # noqa: F401

FOUND = manifest_scanner.scan_component_manifests()
manifest_scanner.scan_component_manifests = lambda: FOUND
