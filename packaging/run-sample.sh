#!/usr/bin/env bash
# SPDX-FileCopyrightText: Qlogscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Qlogscope and opens its window on the bundled sample; without a display it writes the sample's charts to files.
set -euo pipefail
cd "$(dirname "$0")/.."
bash packaging/install-build-dependencies.sh
cmake --preset release -DQLOGSCOPE_TESTS=OFF
cmake --build build
sample=resources/sample/4c1f0a93b7d2e658
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec build/bin/qlogscope "${sample}_server.sqlog" "${sample}_client.sqlog"
fi
echo "There is no display to open a window on; the charts of the sample are written to files instead:"
for side in server client; do
    build/bin/qlogscope export --view congestion -o "build/sample_$side.png" "${sample}_$side.sqlog"
    echo "  build/sample_$side.png"
done
build/bin/qlogscope info "${sample}_server.sqlog"
