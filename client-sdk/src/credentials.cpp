#include <tug/credentials.hpp>

#include <tug/error.hpp>
#include <tug/proto/base64.hpp>

#include "unique_fd.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace tug {

namespace {

constexpr std::size_t max_file = 1024 * 1024;

/// The text of a key file; wiped when it goes.
class secret_text {
public:
    explicit secret_text(std::size_t size) : text_(size, '\0') {}

    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;

    ~secret_text() { OPENSSL_cleanse(text_.data(), text_.size()); }

    [[nodiscard]] std::string& text() noexcept { return text_; }

private:
    std::string text_;
};

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
    throw error(failure(errc::bad_key_file, std::string(path).append(" ").append(why)));
}

std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
    const auto word = text.substr(0, text.find_first_of(" \t\r"));
    text.remove_prefix(word.size());
    return word;
}

/// An empty text where the file may be used.
std::string_view wrong_with(const struct stat& st) {
    if (!S_ISREG(st.st_mode)) return "is no regular file";
    if ((st.st_mode & 077) != 0) return "can be read or written by others; run: chmod 600";
    if (st.st_uid != ::geteuid() && st.st_uid != 0) return "belongs to another user";
    if (static_cast<std::size_t>(st.st_size) > max_file) return "is larger than 1 MiB";
    return {};
}

void read_all(int fd, const std::string& path, std::string& text) {
    std::size_t size = 0;
    while (size < text.size()) {
        const auto n = ::read(fd, text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse(path, std::strerror(errno));
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    text.resize(size);
}

credentials parse_line(const std::string& path, std::string_view id, std::string_view rest, std::size_t number) {
    const auto line = "line " + std::to_string(number);
    if (!proto::is_key_id(id)) refuse(path, line + " has an id that is not 1 to 64 printable ASCII characters");
    auto bytes = proto::base64_decode(next_word(rest));
    const auto permissions = next_word(rest);
    if (!bytes || bytes->size() != proto::secret_key::size)
        refuse(path, line + " has a key that is not the base64 of 32 bytes");
    const proto::secret_key key{std::span<const std::byte, proto::secret_key::size>(*bytes)};
    OPENSSL_cleanse(bytes->data(), bytes->size());
    bool right = !permissions.empty();
    // What follows is for the server; only its shape is looked at.
    for (auto field = next_word(rest); !field.empty(); field = next_word(rest))
        right = right && field.find('=') != std::string_view::npos;
    if (!right) refuse(path, line + " is not `id base64-of-32-bytes permission,… name=value…`");
    return {std::string(id), key};
}

} // namespace

credentials credentials::from_file(const std::string& path, const std::optional<std::string>& key_id) {
    const detail::unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat st{};
    if (!file || ::fstat(file.get(), &st) != 0) refuse(path, std::string("cannot be read: ") + std::strerror(errno));
    if (const auto why = wrong_with(st); !why.empty()) refuse(path, why);
    secret_text whole(static_cast<std::size_t>(st.st_size));
    read_all(file.get(), path, whole.text());
    std::string_view left = whole.text();
    for (std::size_t number = 1; !left.empty(); ++number) {
        auto line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        const auto id = next_word(line);
        if (id.empty() || id.starts_with('#') || (key_id && id != *key_id)) continue;
        return parse_line(path, id, line, number);
    }
    refuse(path, key_id ? "has no key of the id \"" + *key_id + "\"" : std::string("holds no key"));
}

} // namespace tug
