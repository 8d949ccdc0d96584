#pragma once

#include "tug/proto/compression.hpp"
#include "tug/proto/digest.hpp"
#include "tug/proto/error.hpp"
#include "tug/proto/stream.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

/// What a put expects to replace.
struct expected_target {
    std::optional<proto::digest> digest; ///< Of the file that is there; nothing: there is none.

    friend bool operator==(const expected_target&, const expected_target&) noexcept = default;
};

/// The params of `put`.
struct put_params {
    static constexpr std::string_view method = "put";
    static constexpr std::uint32_t default_mode = 0644;

    std::string path; ///< Bytes, which need not be UTF-8.
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> mode;     ///< Of the file, whether it is there already or not.
    std::optional<std::uint32_t> new_mode; ///< Of a new file, where `mode` is absent; default_mode where both are.
    std::optional<std::int64_t> mtime_ns;  ///< Since the epoch.
    bool overwrite = true;
    bool make_parents = false;
    bool durable = true;
    bool follow = true;    ///< A symlink at the end of the path is followed; else it is what is replaced.
    bool in_place = false; ///< Write into the file that is there: not atomic.
    digest_request digest; ///< The kind to use, and what is expected where that is known beforehand.
    std::optional<expected_target> if_match;  ///< Else precondition_failed.
    bool if_changed = false;                  ///< A file of this digest stays as it is, and no bytes are sent.
    std::optional<std::string> resume;        ///< The token under which what comes of an interrupted put is kept.
    std::optional<proto::digest> delta;       ///< Of the file that is there: what does not come stays as it is in that.
    compression compress = compression::none; ///< Of bodies.
    std::optional<std::uint64_t> timeout_ms;

    /// The sender waits until the server says where to begin, or answers.
    [[nodiscard]] bool awaits_start() const noexcept { return if_changed || resume; }

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<put_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// The result of `put`.
struct put_result {
    std::uint64_t size = 0;
    std::string digest;     ///< With its kind in front.
    bool in_place = false;  ///< The file was written into, and not replaced as a whole.
    bool unchanged = false; ///< `if_changed`: the file was there already, and stays as it is.

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<put_result> parse(const boost::json::object& from);
    [[nodiscard]] static boost::json::object describe();
};

/// The params of `get`.
struct get_params {
    static constexpr std::string_view method = "get";
    static constexpr std::uint64_t smallest_block = 65'536; ///< Of a delta.

    std::string path; ///< Bytes, which need not be UTF-8.
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length; ///< To the end of the file where absent.
    digest_kind digest = digest_kind::xxh3_128;
    std::optional<std::uint64_t> digest_from; ///< What the digest covers: from here (0 or `offset`) to the end.
    std::optional<proto::digest> if_changed;  ///< No bytes are sent of a file of this digest.
    bool sparse = false;                      ///< Holes are not sent: data say where they begin.
    compression compress = compression::none; ///< Of bodies …
    std::uint32_t level = default_level;      ///< … and how much time it may take.
    /// The client says what it has, by the digests of its blocks of this size; blocks of the same digest are not sent.
    std::optional<std::uint64_t> delta;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<get_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// The result of `get`.
struct get_result {
    std::uint64_t size = 0;  ///< Of the file when it was opened.
    std::uint64_t bytes = 0; ///< That were sent.
    std::string digest;      ///< Of the bytes that were sent; empty where none was asked for.
    std::uint32_t mode = 0;  ///< Permission bits.
    std::int64_t mtime_ns = 0;
    bool unchanged = false; ///< `if_changed`: the file is of that digest.

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<get_result> parse(const boost::json::object& from);
    [[nodiscard]] static boost::json::object describe();
};

} // namespace tug::proto
