#!/bin/sh
# Carrier 7: session, user and persistent keyrings. A session keyring of its own, and the filter.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 07 look
possible 07 'add_key to the session keyring'
possible 07 'keyctl join_session_keyring'
