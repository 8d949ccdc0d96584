#pragma once

#include "byte_streams.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tug::cli {

/// Where the lines of the repl come from.
class line_source {
public:
    virtual ~line_source() = default;

    /// The next line without its end; nothing at the end of input. `prompt` is for a person. Throws tug::error
    /// (local_io).
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> next(std::string prompt) = 0;

    /// Says on a terminal that Ctrl-C leaves nothing here; what was typed of the line may be dropped.
    virtual void interrupt() {}
};

/// Lines of standard input as they are. With `prompts` each prompt is shown on standard error.
class plain_lines : public line_source {
public:
    plain_lines(blocking_thread& on, bool prompts) : on_(on), prompts_(prompts) {}

    /// Throws for a line of megabytes too.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> next(std::string prompt) override;

    void interrupt() override;

private:
    std::optional<std::string> last();

    blocking_thread& on_;
    bool prompts_;
    std::string prompt_;
    shared_descriptor input_ = std::make_shared<const descriptor>(0);
    std::string buffer_;
};

} // namespace tug::cli
