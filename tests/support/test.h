/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every test file includes first: cmocka, after the headers that it needs. A test file is a
 * list of functions named as sentences and a main that runs them.
 */
#ifndef XLAT_TESTS_SUPPORT_TEST_H
#define XLAT_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#endif
