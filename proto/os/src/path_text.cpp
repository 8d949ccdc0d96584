#include "tug/os/path_text.hpp"

#include "tug/os/temporary_name.hpp"

#include <tug/proto/envelope.hpp>

#include <algorithm>

namespace tug::os {

namespace {

proto::failure too_long() {
    auto f = proto::failure::bad_field("path", "has a component of more than 255 bytes");
    f.os_error = "ENAMETOOLONG"; // what the OS would have said; the same where a file system allows more
    return f;
}

} // namespace

proto::result<void> check_path(std::string_view path) {
    if (path.empty() || path.size() > max_path_bytes)
        return proto::failure::bad_field("path", "must be 1 to 4095 bytes long");
    if (path.find('\0') != std::string_view::npos) return proto::failure::bad_field("path", "must not hold NUL");

    std::ptrdiff_t depth = 0;
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto name = path.substr(at, end - at);
        at = end + 1;
        if (name.size() > max_component_bytes) return too_long();
        if (name.empty() || name == ".") continue;
        depth += name == ".." ? -1 : 1;
        if (depth < 0) return proto::failure(proto::errc::path_denied, quoted(path) + " climbs over the root");
    }
    return {};
}

proto::result<target_path> split_target(std::string_view path) {
    if (const auto ok = check_path(path); !ok) return ok.error();
    const auto slash = path.rfind('/');
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (name.empty() || name == "." || name == "..")
        return proto::failure(proto::errc::is_directory, quoted(path) + " names a directory");
    if (is_temporary_name(name)) return proto::failure::bad_field("path", "is the name of a temporary file of tug");
    const auto directory = path.substr(0, path.size() - name.size());
    return target_path{std::string(directory.empty() ? "/" : directory), std::string(name)};
}

std::string quoted(std::string_view text) {
    return std::string("\"").append(text).append("\"");
}

std::string quoted_start(std::string_view text) {
    constexpr std::size_t most = 128;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out("\"");
    for (const char c : proto::cut(text, most)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\r')
            out += "\\r";
        else if (byte < ' ' || byte == 0x7f)
            out.append("\\x").append({digits[byte >> 4U], digits[byte & 15U]});
        else
            out += c;
    }
    return out.append(text.size() <= most ? "\"" : "\"…");
}

std::string path_in(std::string directory, std::string_view name) {
    if (!directory.ends_with('/')) directory += '/';
    return directory.append(name);
}

} // namespace tug::os
