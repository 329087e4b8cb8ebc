'use strict
