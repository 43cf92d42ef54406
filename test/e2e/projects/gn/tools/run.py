import subprocess
import sys

import sibling

sys.exit(subprocess.call(sibling.words(sys.argv[1:])))
