// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

std::string readFile(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string lastInput;

/// A finding: keep what was run, to be minimized and added to tests/fuzz/findings.
extern "C" void keepInput(int)
{
    std::ofstream("finding.bin", std::ios::binary) << lastInput;
    std::_Exit(1);
}

void run(const std::string& text)
{
    lastInput = text;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

/// A few bytes of the text changed, cut or doubled, always the same for the same seed.
std::string mutated(std::string text, unsigned seed)
{
    static const std::string pieces[] = {"\x1e", "\n", "{", "}", "[", "]", "\"", "\\", ",", "NaN", "\xff", "1e999", ",\n[1,\"a\""};
    std::mt19937 random(seed);
    for (unsigned i = 0; i < 1 + seed % 4 && !text.empty(); ++i) {
        const std::size_t position = random() % text.size();
        switch (random() % 4) {
        case 0:
            text.erase(position, 1 + random() % 8);
            break;
        case 1:
            text.insert(position, pieces[random() % std::size(pieces)]);
            break;
        case 2:
            text[position] = static_cast<char>(random() % 256);
            break;
        default:
            text.resize(position);
        }
    }
    return text;
}

} // namespace

/// Replays files and folders of inputs through a fuzz target, each as it is and with a hundred fixed mutations: the fuzz
/// targets run in every test run, without a fuzzer.
int main(int argc, char** argv)
{
    std::signal(SIGABRT, &keepInput);
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) {
            files.emplace_back(argv[i]);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    constexpr unsigned mutationsPerFile = 100;
    for (const std::filesystem::path& file : files) {
        const std::string text = readFile(file);
        run(text);
        for (unsigned seed = 1; seed <= mutationsPerFile; ++seed)
            run(mutated(text, seed));
    }
    std::printf("%zu inputs, %zu runs, no finding\n", files.size(), files.size() * (mutationsPerFile + 1));
    return files.empty() ? 1 : 0;
}
