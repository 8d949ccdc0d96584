#pragma once

#include "cli/arguments/options.hpp"
#include "cli/local/byte_streams.hpp"

#include <tug/process.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tug::cli {

/// Where the output of a command goes: to the standard streams as it comes, or with --json into the result.
class exec_output {
public:
    /// What is collected for --json unless --output-limit says otherwise.
    static constexpr std::uint64_t default_limit = command::default_collect;

    exec_output(const options& o, blocking_thread& on);

    /// Passes a piece on. False where the reader of the stream is gone. Throws tug::error
    /// (local_io).
    [[nodiscard]] boost::asio::awaitable<bool> take(output piece);

    /// take() has found a reader gone.
    [[nodiscard]] bool reader_left() const noexcept { return reader_left_; }

    /// The result as one object, with what was collected here or by the SDK.
    [[nodiscard]] boost::json::object to_json(const exec_result& r) const;

private:
    void collect(const output& piece);

    blocking_thread& on_;
    bool json_;
    bool merge_;
    bool reader_left_ = false;
    std::uint64_t limit_;
    shared_descriptor out_;
    shared_descriptor err_;
    std::string out_text_;
    std::string err_text_;
};

} // namespace tug::cli
