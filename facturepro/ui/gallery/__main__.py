"""``python -m facturepro.ui.gallery [light|dark|system] [picture.png]``"""

import sys

from facturepro.ui.gallery import run_gallery

if __name__ == "__main__":
    sys.exit(run_gallery(*sys.argv[1:3]))
