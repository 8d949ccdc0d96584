#include "job_request.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace tug::worker {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_name = 64;
/// Of each output: no less is allowed, and the tail of it is all that a result has.
constexpr std::uint64_t keep_bytes = 65'536;

bool is_name_byte(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

failure wrong(std::string field, std::string message) {
    failure out(errc::invalid_params, std::move(message));
    out.field = std::move(field);
    return out;
}

result<job_file> read_file(const json::value& from, const std::string& field) {
    const auto* const members = from.if_object();
    if (!members || members->size() != 2) return wrong(field, "not {\"object\",\"path\"}");
    job_file out;
    for (const auto& [name, to] : {std::pair{"object", &out.object}, std::pair{"path", &out.path}}) {
        const auto* const text = members->if_contains(name);
        if (!text || !text->is_string() || text->get_string().empty()) return wrong(field + "." + name, "not a text");
        *to = std::string(text->get_string());
    }
    return out;
}

/// Takes the member out of `params`.
result<std::vector<job_file>> take_files(json::object& params, const std::string& field) {
    std::vector<job_file> out;
    const auto* const given = params.if_contains(field);
    if (!given) return out;
    const auto* const files = given->if_array();
    if (!files || files->size() > most_files) return wrong(field, "not a list of at most 256 files");
    for (const auto& one : *files) {
        auto file = read_file(one, field);
        if (!file) return file.error();
        out.push_back(std::move(*file));
    }
    params.erase(field);
    return out;
}

} // namespace

bool is_queue_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_name_byte) &&
           name.front() != '.' && name.back() != '.' && name.find("..") == std::string_view::npos;
}

result<job_request> read_request(std::string_view text) {
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (ec || !value.is_object()) return failure(errc::parse_error, "the request is no JSON object");
    job_request out;
    out.params = std::move(value.get_object());
    for (const auto* const field : {"job", "stdin", "pty", "keep_ms"})
        if (out.params.contains(field)) return wrong(field, "not to be had through a queue");
    auto in = take_files(out.params, "in");
    if (!in) return in.error();
    auto from = take_files(out.params, "out");
    if (!from) return from.error();
    out.in = std::move(*in);
    out.out = std::move(*from);
    return out;
}

json::object start_params(const job_request& request, const std::string& name) {
    auto out = request.params;
    out["job"] = name;
    if (!out.contains("keep_bytes")) out["keep_bytes"] = keep_bytes;
    return out;
}

} // namespace tug::worker
