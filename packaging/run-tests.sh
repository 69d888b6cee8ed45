#!/usr/bin/env bash
# SPDX-FileCopyrightText: Qlogscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Qlogscope and runs all tests; then the tests of the layers without widgets under the sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
bash packaging/install-build-dependencies.sh
cmake --preset release -DQLOGSCOPE_TESTS=ON
cmake --build build
ctest --test-dir build --output-on-failure -j 2
cmake --preset asan
cmake --build --preset asan --target sanitized-tests
ctest --preset asan -L 'model|importers|fuzz' -E 'conformancetest|invariancetest' -j 2
cmake --preset tsan
cmake --build --preset tsan --target threaded-tests
ctest --preset tsan -L threads
