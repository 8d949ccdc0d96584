#pragma once

#include "tug/proto/error.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <string_view>

namespace tug::proto {

/// Parses envelopes, strictly: on top of what Boost.JSON checks (UTF-8, surrogates, depth) it finds duplicate members
/// at any level and keeps `-0` apart from 0. One reader serves all connections of a thread: it reuses its parser and
/// its memory, so that a small envelope costs no allocation.
///
/// Thread safety: none; one reader for each thread.
class json_reader {
public:
    json_reader();
    ~json_reader();
    json_reader(const json_reader&) = delete;
    json_reader& operator=(const json_reader&) = delete;

    /// The value of `text`, valid until the next call. Fails with parse_error, or with invalid_request where a member
    /// stands twice.
    [[nodiscard]] result<const boost::json::value*> parse(std::string_view text);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace tug::proto
