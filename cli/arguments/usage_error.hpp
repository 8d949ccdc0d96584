#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tug::cli {

/// What the user typed makes no sense: the cause, and what to type instead.
class usage_error : public std::runtime_error {
public:
    usage_error(const std::string& cause, std::string remedy) : std::runtime_error(cause), remedy_(std::move(remedy)) {}

    [[nodiscard]] const std::string& remedy() const noexcept { return remedy_; }

private:
    std::string remedy_;
};

} // namespace tug::cli
