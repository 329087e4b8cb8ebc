#!/bin/sh
set -eu
cd "$1"
