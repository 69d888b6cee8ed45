// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace qlogscope::testing {

/// Ends the process where a property does not hold, so that the fuzzer keeps the input.
inline void requireEmpty(const std::string& problem)
{
    if (problem.empty())
        return;
    std::fprintf(stderr, "property violated: %s\n", problem.c_str());
    std::abort();
}

} // namespace qlogscope::testing
