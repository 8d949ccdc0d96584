#pragma once

#include "tug/proto/digest.hpp"
#include "tug/proto/error.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tug::proto {

/// The params of `put`.
struct put_params {
    std::string path;
    std::optional<std::uint64_t> size;
    std::uint32_t mode = 0644;
    std::optional<std::int64_t> mtime_ns; ///< Since the epoch.
    bool overwrite = true;
    bool make_parents = false;
    bool durable = true;
    digest_request digest; ///< The kind to use, and what is expected where that is known beforehand.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<put_params> parse(const boost::json::object& params);
};

/// The result of `put`.
struct put_result {
    std::uint64_t size = 0;
    std::string digest; ///< With its kind in front.

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<put_result> parse(const boost::json::object& from);
};

/// The params of `get`.
struct get_params {
    std::string path;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length; ///< To the end of the file where absent.
    digest_kind digest = digest_kind::xxh3_128;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<get_params> parse(const boost::json::object& params);
};

/// The result of `get`.
struct get_result {
    std::uint64_t size = 0;  ///< Of the file when it was opened.
    std::uint64_t bytes = 0; ///< That were sent.
    std::string digest;      ///< Of the bytes that were sent; empty where none was asked for.
    std::uint32_t mode = 0;  ///< Permission bits.
    std::int64_t mtime_ns = 0;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<get_result> parse(const boost::json::object& from);
};

} // namespace tug::proto
