#!/bin/sh
# audit.sh run DIR COMMAND... | audit.sh files DIR: see audit.py.
exec python3 "$(dirname "$0")/audit.py" "$@"
