#!/usr/bin/python3
def broken(:
