"""``python -m sklearn_slm`` is ``slm``."""

import sys

from .cli import main

sys.exit(main())
