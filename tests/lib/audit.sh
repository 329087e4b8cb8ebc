#!/bin/sh
# audit.sh run DIR COMMAND... | audit.sh files DIR...: see audit.py. Without what a site adds to Python, as
# every test starts it.
exec /usr/bin/python3 -IS "$(dirname "$0")/audit.py" "$@"
