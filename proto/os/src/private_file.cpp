#include "tug/os/private_file.hpp"

#include "tug/os/unique_fd.hpp"

#include <openssl/crypto.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tug::os {

namespace {

/// Empty where the file may be used.
std::string_view wrong_with(const struct stat& st) {
    if (!S_ISREG(st.st_mode)) return "is no regular file";
    if ((st.st_mode & 077) != 0) return "can be read or written by others; run: chmod 600";
    if (st.st_uid != ::geteuid() && st.st_uid != 0) return "belongs to another user";
    if (static_cast<std::size_t>(st.st_size) > max_private_file) return "is larger than 1 MiB";
    return {};
}

/// 0, or the errno.
int read_all(int fd, std::vector<char>& to) {
    std::size_t size = 0;
    while (size < to.size()) {
        const auto n = ::read(fd, to.data() + size, to.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    to.resize(size);
    return 0;
}

} // namespace

secret_text::~secret_text() {
    OPENSSL_cleanse(text_.data(), text_.size());
}

proto::result<secret_text> read_private_file(const std::string& path, proto::errc code) {
    const auto bad = [&](std::string_view why) {
        return proto::failure(code, std::string(path).append(" ").append(why));
    };
    const auto unreadable = [&](int err) { return bad(std::string("cannot be read: ") + std::strerror(err)); };
    // A fifo without O_NONBLOCK would wait for a writer.
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat st{};
    if (!file || ::fstat(file.get(), &st) != 0) return unreadable(errno);
    if (const auto wrong = wrong_with(st); !wrong.empty()) return bad(wrong);
    std::vector<char> text(static_cast<std::size_t>(st.st_size));
    const int err = read_all(file.get(), text);
    secret_text out(std::move(text)); // wiped also where half of it was read
    if (err != 0) return unreadable(err);
    return out;
}

} // namespace tug::os
