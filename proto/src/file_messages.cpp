#include "tug/proto/file_messages.hpp"

#include "compression_kind.hpp"
#include "token_kind.hpp"

#include "tug/proto/job_messages.hpp"
#include "tug/proto/member_kinds.hpp"

#include <array>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr std::array digests{
    std::pair{digest_kind::xxh3_128, std::string_view("xxh3-128")},
    std::pair{digest_kind::sha256, std::string_view("sha256")},
    std::pair{digest_kind::none, std::string_view("none")},
};

/// The kind of a digest, or the digest itself.
struct digest_request_kind {
    [[nodiscard]] std::optional<digest_request> read(member_reader& in, std::string_view name) const {
        const auto text = in.view(name);
        if (!text) return std::nullopt;
        auto request = digest_request::parse(*text);
        if (request) return *request;
        in.fail(name, "is neither xxh3-128 nor sha256, alone or followed by ':' and lower-case hex");
        return std::nullopt;
    }

    [[nodiscard]] json::value write(const digest_request& v, json::storage_ptr memory) const {
        const auto text = v.expected ? v.expected->to_string() : std::string(name_of(v.kind));
        return json::value(text, std::move(memory));
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "string"}, {"pattern", "^(xxh3-128(:[0-9a-f]{32})?|sha256(:[0-9a-f]{64})?)$"}};
    }
};

/// A digest with its kind in front.
struct digest_text_kind {
    [[nodiscard]] std::optional<digest> read(member_reader& in, std::string_view name) const {
        const auto text = in.view(name);
        if (!text) return std::nullopt;
        auto parsed = digest::parse(*text);
        if (parsed) return *parsed;
        in.fail(name, "is not xxh3-128 or sha256, then ':' and the digest in lower-case hex");
        return std::nullopt;
    }

    [[nodiscard]] json::value write(const digest& v, json::storage_ptr memory) const {
        return json::value(v.to_string(), std::move(memory));
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "string"}, {"pattern", "^(xxh3-128:[0-9a-f]{32}|sha256:[0-9a-f]{64})$"}};
    }
};

/// The digest of what is there, or that nothing is.
struct expected_target_kind {
    static constexpr std::string_view absent = "absent";

    [[nodiscard]] std::optional<expected_target> read(member_reader& in, std::string_view name) const {
        const auto text = in.view(name);
        if (!text) return std::nullopt;
        if (*text == absent) return expected_target();
        const auto parsed = digest::parse(*text);
        if (parsed) return expected_target{*parsed};
        in.fail(name, "is neither a digest (xxh3-128 or sha256, then ':' and lower-case hex) nor \"absent\"");
        return std::nullopt;
    }

    [[nodiscard]] json::value write(const expected_target& v, json::storage_ptr memory) const {
        return json::value(v.digest ? v.digest->to_string() : std::string(absent), std::move(memory));
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "string"}, {"pattern", "^(absent|xxh3-128:[0-9a-f]{32}|sha256:[0-9a-f]{64})$"}};
    }
};

/// Permission bits: no setuid, no setgid, no sticky bit.
constexpr count_kind mode_bits{0, 0777};

constexpr auto put_members = std::tuple(
    member("path", &put_params::path, path_kind, presence::required), member("size", &put_params::size, count_kind()),
    member("mode", &put_params::mode, mode_bits), member("new_mode", &put_params::new_mode, mode_bits),
    member("mtime_ns", &put_params::mtime_ns, signed_kind()), member("overwrite", &put_params::overwrite, flag_kind()),
    member("make_parents", &put_params::make_parents, flag_kind()),
    member("durable", &put_params::durable, flag_kind()), member("follow", &put_params::follow, flag_kind()),
    member("in_place", &put_params::in_place, flag_kind()),
    member("digest", &put_params::digest, digest_request_kind()),
    member("if_match", &put_params::if_match, expected_target_kind()),
    member("if_changed", &put_params::if_changed, flag_kind()), member("resume", &put_params::resume, token_kind()),
    member("delta", &put_params::delta, digest_text_kind()),
    member("compress", &put_params::compress, compression_kind), timeout_member<put_params>());

constexpr auto put_result_members = std::tuple(member("size", &put_result::size, count_kind(), presence::required),
                                               member("digest", &put_result::digest, text_kind(), presence::required),
                                               member("in_place", &put_result::in_place, flag_kind()),
                                               member("unchanged", &put_result::unchanged, flag_kind()));

constexpr auto get_members = std::tuple(
    member("path", &get_params::path, path_kind, presence::required),
    member("offset", &get_params::offset, count_kind()), member("length", &get_params::length, count_kind()),
    member("digest", &get_params::digest, choice_kind<digest_kind, digests.size()>{digests}),
    member("digest_from", &get_params::digest_from, count_kind()),
    member("if_changed", &get_params::if_changed, digest_text_kind()),
    member("sparse", &get_params::sparse, flag_kind()), member("compress", &get_params::compress, compression_kind),
    member("level", &get_params::level, level_kind),
    member("delta", &get_params::delta, count_kind{get_params::smallest_block, piece_size}),
    timeout_member<get_params>());

constexpr auto get_result_members =
    std::tuple(member("size", &get_result::size, count_kind(), presence::required),
               member("bytes", &get_result::bytes, count_kind(), presence::required),
               member("digest", &get_result::digest, text_kind()),
               member("mode", &get_result::mode, mode_bits, presence::required),
               member("mtime_ns", &get_result::mtime_ns, signed_kind(), presence::required),
               member("unchanged", &get_result::unchanged, flag_kind()));

} // namespace

// --- put -------------------------------------------------------------------------------------------------------------

json::object put_params::to_json() const {
    return write_members(*this, put_members);
}

result<put_params> put_params::parse(const json::object& from) {
    return parse_strictly<put_params>(from, put_members);
}

json::array put_params::describe() {
    return describe_params(put_members);
}

std::vector<stream_spec> put_params::streams() const {
    stream_spec data("data", direction::to_server, true, true);
    data.awaits_start = awaits_start();
    data.may_be_packed = compress != compression::none;
    std::vector<stream_spec> out;
    out.push_back(std::move(data));
    return out;
}

json::object put_result::to_json() const {
    return write_members(*this, put_result_members);
}

result<put_result> put_result::parse(const json::object& from) {
    return parse_leniently<put_result>(from, put_result_members);
}

json::object put_result::describe() {
    return describe_object(put_result_members);
}

// --- get -------------------------------------------------------------------------------------------------------------

json::object get_params::to_json() const {
    return write_members(*this, get_members);
}

result<get_params> get_params::parse(const json::object& from) {
    return parse_strictly<get_params>(from, get_members);
}

json::array get_params::describe() {
    return describe_params(get_members);
}

std::vector<stream_spec> get_params::streams() const {
    stream_spec data("data", direction::to_client, false, sparse || delta);
    data.may_be_packed = compress != compression::none;
    std::vector<stream_spec> out;
    out.push_back(std::move(data));
    if (delta) out.emplace_back("have", direction::to_server);
    return out;
}

json::object get_result::to_json() const {
    return write_members(*this, get_result_members);
}

result<get_result> get_result::parse(const json::object& from) {
    return parse_leniently<get_result>(from, get_result_members);
}

json::object get_result::describe() {
    return describe_object(get_result_members);
}

} // namespace tug::proto
