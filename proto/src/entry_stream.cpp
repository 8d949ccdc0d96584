#include "tug/proto/entry_stream.hpp"

#include "file_type_kind.hpp"

#include "tug/proto/block_delta.hpp"
#include "tug/proto/bytes.hpp"
#include "tug/proto/member_kinds.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace tug::proto {

namespace {

constexpr std::size_t longest_name = 255;

failure bad_entry(std::string why) {
    return failure::bad_field("entry", why);
}

template <class Number>
void append_number(std::string& out, Number n) {
    std::array<char, 24> digits; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr);
}

/// Most names need no escape, and a tree has many.
bool is_plain(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_bytes(std::string& out, std::string_view name, std::string_view bytes) {
    out.append(",\"").append(name).append("\":");
    if (is_plain(bytes))
        out.append("\"").append(bytes).append("\"");
    else
        out += boost::json::serialize(bytes_to_json(bytes));
}

template <class Number>
void append_count(std::string& out, std::string_view name, Number n) {
    out.append(",\"").append(name).append("\":");
    append_number(out, n);
}

constexpr auto head_members = std::tuple(
    member("path", &entry_head::path, bytes_kind{1}, presence::required),
    member("type", &entry_head::type, file_type_kind), member("size", &entry_head::size, count_kind()),
    member("mode", &entry_head::mode, count_kind{0, 07777}), member("mtime_ns", &entry_head::mtime_ns, signed_kind()),
    member("uid", &entry_head::uid, count_kind{0, largest_id}),
    member("gid", &entry_head::gid, count_kind{0, largest_id}), member("target", &entry_head::target, bytes_kind{1}),
    member("link", &entry_head::link, bytes_kind{1}), member("digest", &entry_head::digest, text_kind()),
    member("same", &entry_head::same, flag_kind()), member("absent", &entry_head::absent, flag_kind()),
    member("changed", &entry_head::changed, flag_kind()),
    member("delta", &entry_head::delta, count_kind{block_delta::smallest_block, block_delta::largest_block}));

void append_amount(std::string& out, std::string_view name, const std::optional<tree_amount>& amount) {
    if (!amount) return;
    append_count(out, std::string(name).append("_files"), amount->files);
    append_count(out, std::string(name).append("_bytes"), amount->bytes);
}

/// As a head has it.
struct more_head {
    std::optional<std::uint64_t> offset;
    bool changed = false;
    std::optional<std::uint64_t> passed_files;
    std::optional<std::uint64_t> passed_bytes;
    std::optional<std::uint64_t> total_files;
    std::optional<std::uint64_t> total_bytes;
    std::string digest;
};

constexpr auto more_members = std::tuple(
    member("offset", &more_head::offset, count_kind()), member("changed", &more_head::changed, flag_kind()),
    member("passed_files", &more_head::passed_files, count_kind()),
    member("passed_bytes", &more_head::passed_bytes, count_kind()),
    member("total_files", &more_head::total_files, count_kind()),
    member("total_bytes", &more_head::total_bytes, count_kind()), member("digest", &more_head::digest, text_kind()));

entry_more more_of(const more_head& head) {
    const auto amount = [](const auto& files, const auto& bytes) -> std::optional<tree_amount> {
        if (!files || !bytes) return std::nullopt;
        return tree_amount{*files, *bytes};
    };
    return {head.offset, head.changed, amount(head.passed_files, head.passed_bytes),
            amount(head.total_files, head.total_bytes), head.digest};
}

std::uint32_t read_u32(std::string_view from) noexcept {
    std::uint32_t n = 0;
    for (const char c : from.substr(0, 4)) n = n << 8U | static_cast<unsigned char>(c);
    return n;
}

} // namespace

void write_record_header(std::byte* to, std::uint32_t head_size, std::uint32_t body_size) noexcept {
    for (unsigned i = 0; i < 4; ++i) {
        to[i] = static_cast<std::byte>(head_size >> (24U - 8U * i));
        to[4 + i] = static_cast<std::byte>(body_size >> (24U - 8U * i));
    }
}

void append_head(std::string& out, const entry_head& head) {
    const auto begin = out.size();
    append_bytes(out, "path", head.path);
    out[begin] = '{';
    if (head.absent) {
        out += R"(,"absent":true})";
        return;
    }
    out.append(R"(,"type":")").append(name_of(head.type)).append("\"");
    if (head.size != 0) append_count(out, "size", head.size);
    append_count(out, "mode", head.mode);
    append_count(out, "mtime_ns", head.mtime_ns);
    if (head.uid) append_count(out, "uid", *head.uid);
    if (head.gid) append_count(out, "gid", *head.gid);
    if (!head.target.empty()) append_bytes(out, "target", head.target);
    if (!head.link.empty()) append_bytes(out, "link", head.link);
    if (!head.digest.empty()) append_bytes(out, "digest", head.digest);
    if (head.same) out += R"(,"same":true)";
    if (head.changed) out += R"(,"changed":true)";
    if (head.delta) append_count(out, "delta", *head.delta);
    out += '}';
}

void append_head(std::string& out, const entry_more& head) {
    const auto begin = out.size();
    if (head.offset) append_count(out, "offset", *head.offset);
    if (head.changed) out += R"(,"changed":true)";
    append_amount(out, "passed", head.passed);
    append_amount(out, "total", head.total);
    if (!head.digest.empty()) append_bytes(out, "digest", head.digest);
    if (out.size() == begin) return;
    out[begin] = '{';
    out += '}';
}

bool comes_before(std::string_view a, std::string_view b) noexcept {
    const auto top = [](std::string_view path) { return path == "."; };
    if (top(a) || top(b)) return top(a) && !top(b);
    const auto [at_a, at_b] = std::ranges::mismatch(a, b);
    if (at_b == b.end()) return false;
    if (at_a == a.end()) return true;
    // No name holds a slash: where one ends it comes before all that go on.
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
    return rank(*at_a) < rank(*at_b);
}

bool is_below(std::string_view path, std::string_view directory) noexcept {
    if (directory == ".") return path != ".";
    return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

result<void> check_entry_path(std::string_view path) {
    if (path == ".") return {};
    std::size_t depth = 0;
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto name = path.substr(at, end - at);
        at = end + 1;
        if (name.empty() || name == "." || name == "..")
            return failure(errc::path_denied,
                           "the path of an entry is relative, without empty names, \".\" and \"..\"");
        if (name.size() > longest_name) return bad_entry("has a name of more than 255 bytes");
        if (++depth > max_entry_depth) return bad_entry("is deeper than 1,000 names");
    }
    return {};
}

result<std::size_t> entry_decoder::feed(std::span<const std::byte> bytes, entry_sink& to) {
    const auto size = bytes.size();
    while (!bytes.empty() && !to.paused()) {
        auto done = body_left_ > 0 ? take_body(bytes, to) : take_front(bytes, to);
        if (!done) return done.error();
    }
    return size - bytes.size();
}

result<void> entry_decoder::take_body(std::span<const std::byte>& bytes, entry_sink& to) {
    const auto some = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size())));
    body_left_ -= some.size();
    bytes = bytes.subspan(some.size());
    return to.bytes(some);
}

/// A header, or a head. What came as a whole is not copied.
result<void> entry_decoder::take_front(std::span<const std::byte>& bytes, entry_sink& to) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto wanted = in_head_ ? head_size_ : record_header_size;
    const auto n = std::min(wanted - have_, text.size());
    const bool whole = n == wanted;
    if (!whole) held_.append(text.substr(0, n));
    have_ += n;
    bytes = bytes.subspan(n);
    if (have_ < wanted) return {};
    const auto got = whole ? text.substr(0, n) : std::string_view(held_);
    have_ = 0;
    auto done = result<void>();
    if (in_head_) {
        in_head_ = false;
        done = take_head(got, to);
    } else {
        head_size_ = read_u32(got);
        body_left_ = read_u32(got.substr(4));
        done = begin_record(to);
    }
    held_.clear();
    return done;
}

/// The body is counted, but comes behind the head.
result<void> entry_decoder::begin_record(entry_sink& to) {
    if (head_size_ > max_entry_head) return bad_entry("has a head of more than 524288 bytes");
    if (head_size_ == 0) return to.more({});
    body_after_head_ = body_left_;
    body_left_ = 0;
    in_head_ = true;
    return {};
}

result<void> entry_decoder::take_head(std::string_view text, entry_sink& to) {
    body_left_ = body_after_head_;
    const auto value = reader_.parse(text);
    if (!value) return bad_entry("has a head that is no JSON: " + value.error().message);
    const auto* members = (*value)->if_object();
    if (members == nullptr) return bad_entry("has a head that is no object");
    if (members->if_contains("path") == nullptr) {
        auto more = parse_leniently<more_head>(*members, more_members);
        if (!more) return bad_entry("has a bad head: " + more.error().message);
        return to.more(more_of(*more));
    }
    auto head = parse_leniently<entry_head>(*members, head_members);
    if (!head) return bad_entry("has a bad head: " + head.error().message);
    if (auto ok = check_entry_path(head->path); !ok) return ok;
    // What is removed may make room for something else of its name.
    const bool in_order = last_.empty() || comes_before(last_, head->path) || (last_absent_ && last_ == head->path);
    if (!in_order) return bad_entry("comes twice, or not in the order of names");
    last_ = head->path;
    last_absent_ = head->absent;
    return to.begin(std::move(*head));
}

} // namespace tug::proto
