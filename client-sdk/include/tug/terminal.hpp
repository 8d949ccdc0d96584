#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace tug {

/// The terminal that a command shall have: `tug::command("vim").terminal({24, 80, "xterm-256color"})`. Rows and columns
/// are at least 1; `term` is the TERM of the command, unless command::env() sets one.
class terminal {
public:
    terminal(std::uint16_t rows, std::uint16_t cols, std::string term = "xterm")
        : rows_(rows), cols_(cols), term_(std::move(term)) {}

    [[nodiscard]] std::uint16_t rows() const noexcept { return rows_; }

    [[nodiscard]] std::uint16_t cols() const noexcept { return cols_; }

    [[nodiscard]] const std::string& term() const noexcept { return term_; }

private:
    std::uint16_t rows_;
    std::uint16_t cols_;
    std::string term_;
};

} // namespace tug
