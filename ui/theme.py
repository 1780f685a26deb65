"""The colours of every page, in one place: one accent, contrast AA in light and dark."""

THEME = {
    "theme.baseRadius": "0.5rem",
    "theme.light.primaryColor": "#0b6b72",
    "theme.light.backgroundColor": "#fbfaf8",
    "theme.light.secondaryBackgroundColor": "#f0eee9",
    "theme.light.textColor": "#1d2327",
    "theme.light.borderColor": "#d9d5cc",
    "theme.light.linkColor": "#0b6b72",
    "theme.light.chartCategoricalColors": ["#0b6b72"],
    "theme.dark.primaryColor": "#5cc4c8",
    "theme.dark.backgroundColor": "#14181b",
    "theme.dark.secondaryBackgroundColor": "#1f2529",
    "theme.dark.textColor": "#e8e6e1",
    "theme.dark.borderColor": "#39424a",
    "theme.dark.linkColor": "#5cc4c8",
    "theme.dark.chartCategoricalColors": ["#5cc4c8"],
}

# While the server is away Streamlit lays a dialog over the page. Where answers are kept and people
# go on, our own mark says so, and nothing covers the item.
NO_DIALOG = ".stDialog { display: none }"

# Streamlit writes white on the accent, with a contrast of 2 on the dark theme's; AA wants 4.5.
ON_ACCENT = """
[data-testid="stBaseButton-primary"]:enabled, .stMultiSelect [data-tag] * {
  color: light-dark(#fff, #14181b)
}
"""
