#pragma once

#include "cli/arguments/options.hpp"
#include "progress.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace tug::cli {

/// A file operation as it appears on the terminal: the bar while it runs, the summary when it is over.
class transfer_report {
public:
    explicit transfer_report(const options& o);

    /// Whether to ask for progress at all.
    [[nodiscard]] bool wants_progress() const noexcept { return bar_.visible(); }

    void show(std::uint64_t bytes, std::optional<std::uint64_t> total) { bar_.show(bytes, total); }

    /// Says how much moved and, where there is a digest, that it matched: on standard error, or with --json as an
    /// object, with what is in `details`, on standard output (standard error where that carries the file). Returns the
    /// exit code.
    [[nodiscard]] int finish(std::uint64_t bytes, const std::string& digest, boost::json::object details);

    /// Says that no bytes were needed. Returns the exit code.
    [[nodiscard]] int finish_unchanged(const std::string& digest, boost::json::object details);

private:
    const options& options_;
    progress_bar bar_;
};

} // namespace tug::cli
