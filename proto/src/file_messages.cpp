#include "tug/proto/file_messages.hpp"

#include "tug/proto/bytes.hpp"
#include "tug/proto/exec_messages.hpp"
#include "tug/proto/member_reader.hpp"

namespace tug::proto {

namespace json = boost::json;

namespace {

std::string read_path(member_reader& in) {
    auto path = in.required("path", in.bytes("path"));
    if (path.empty() || path.size() > max_path) in.fail("path", "is not 1 to 4095 bytes long");
    return path;
}

std::optional<std::uint32_t> read_mode(member_reader& in, std::string_view name) {
    const auto bits = in.count(name, 0, 0777);
    return bits ? std::optional(static_cast<std::uint32_t>(*bits)) : std::nullopt;
}

} // namespace

json::object put_params::to_json() const {
    json::object out{{"path", bytes_to_json(path)}};
    if (size) out["size"] = *size;
    if (mode) out["mode"] = *mode;
    if (new_mode) out["new_mode"] = *new_mode;
    if (mtime_ns) out["mtime_ns"] = *mtime_ns;
    if (!overwrite) out["overwrite"] = false;
    if (make_parents) out["make_parents"] = true;
    if (!durable) out["durable"] = false;
    if (!follow) out["follow"] = false;
    if (in_place) out["in_place"] = true;
    out["digest"] = digest.expected ? digest.expected->to_string() : std::string(name_of(digest.kind));
    if (timeout_ms) out["timeout_ms"] = *timeout_ms;
    return out;
}

result<put_params> put_params::parse(const json::object& params) {
    member_reader in(params);
    put_params out;
    out.path = read_path(in);
    out.size = in.count("size");
    out.mode = read_mode(in, "mode");
    out.new_mode = read_mode(in, "new_mode");
    out.mtime_ns = in.signed_integer("mtime_ns");
    out.overwrite = in.flag("overwrite").value_or(true);
    out.make_parents = in.flag("make_parents").value_or(false);
    out.durable = in.flag("durable").value_or(true);
    out.follow = in.flag("follow").value_or(true);
    out.in_place = in.flag("in_place").value_or(false);
    if (const auto text = in.text("digest")) {
        if (auto request = digest_request::parse(*text))
            out.digest = *request;
        else
            in.fail("digest", "is neither xxh3-128 nor sha256, alone or followed by ':' and lower-case hex");
    }
    out.timeout_ms = in.count("timeout_ms", 1, max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

json::object put_result::to_json() const {
    json::object out{{"size", size}, {"digest", digest}};
    if (in_place) out["in_place"] = true;
    return out;
}

result<put_result> put_result::parse(const json::object& from) {
    member_reader in(from);
    put_result out;
    out.size = in.required("size", in.count("size"));
    out.digest = in.required("digest", in.text("digest"));
    out.in_place = in.flag("in_place").value_or(false);
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

json::object get_params::to_json() const {
    json::object out{{"path", bytes_to_json(path)}};
    if (offset > 0) out["offset"] = offset;
    if (length) out["length"] = *length;
    if (digest != digest_kind::xxh3_128) out["digest"] = name_of(digest);
    if (timeout_ms) out["timeout_ms"] = *timeout_ms;
    return out;
}

result<get_params> get_params::parse(const json::object& params) {
    member_reader in(params);
    get_params out;
    out.path = read_path(in);
    out.offset = in.count("offset").value_or(0);
    out.length = in.count("length");
    if (const auto text = in.text("digest")) {
        const auto kind = digest_kind_from_name(*text);
        if (!kind) in.fail("digest", "is none of xxh3-128, sha256 and none");
        out.digest = kind.value_or(digest_kind::none);
    }
    out.timeout_ms = in.count("timeout_ms", 1, max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

json::object get_result::to_json() const {
    json::object out{{"size", size}, {"bytes", bytes}};
    if (!digest.empty()) out["digest"] = digest;
    out["mode"] = mode;
    out["mtime_ns"] = mtime_ns;
    return out;
}

result<get_result> get_result::parse(const json::object& from) {
    member_reader in(from);
    get_result out;
    out.size = in.required("size", in.count("size"));
    out.bytes = in.required("bytes", in.count("bytes"));
    out.digest = in.text("digest").value_or("");
    out.mode = static_cast<std::uint32_t>(in.required("mode", in.count("mode", 0, 0777)));
    out.mtime_ns = in.required("mtime_ns", in.signed_integer("mtime_ns"));
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

} // namespace tug::proto
