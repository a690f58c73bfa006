"""How Sphinx builds the documentation: make docs."""

import os
import sys
from pathlib import Path

# Examples are executed by this process and by its children, without a window.
os.environ["MPLBACKEND"] = "agg"
# Estimators shown in the gallery link to the reference beside it.
os.environ["SKLEARN_SLM_DOCS"] = ".."
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sklearn_slm

project = "sklearn_slm"
author = "The sklearn_slm developers"
copyright = f"2026, {author}"
version = release = sklearn_slm.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx-mathjax-offline",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
templates_path = ["_templates"]
exclude_patterns = ["_build", "**/*.ipynb", "auto_examples/*.py"]
html_theme = "pydata_sphinx_theme"
html_title = "sklearn_slm"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 6,
}
html_sidebars = {"changelog": []}
html_show_sourcelink = False

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_show_inherited_class_members = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_|/demo",
    "ignore_pattern": r"deploy_onnx",
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": False,
    "capture_repr": ("_repr_html_", "__repr__"),
    "run_stale_examples": False,
    # A page per example, no notebooks for a hosted kernel.
    "notebook_images": False,
    "plot_gallery": os.environ.get("SKLEARN_SLM_GALLERY", "1") == "1",
}
# The gallery hands functions to Sphinx that cannot be pickled; nothing is wrong.
suppress_warnings = ["config.cache"]
