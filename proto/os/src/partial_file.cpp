#include "tug/os/partial_file.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/temporary_name.hpp"

#include <tug/proto/digest.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

namespace tug::os {

namespace {

constexpr int attempts = 16; // a sweeper may take one away between two calls
constexpr std::string_view what = "cannot keep what comes, so that it can be resumed";

/// Of this user alone: nothing that another process has made, or can write to.
bool is_own(const struct stat& st) {
    return S_ISREG(st.st_mode) && st.st_uid == ::geteuid() && st.st_nlink == 1 && (st.st_mode & 077U) == 0;
}

/// Its length in front: no two lists of texts are digested to the same by how they are cut.
void add(proto::hasher& to, std::string_view text) {
    std::array<std::byte, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::byte>(text.size() >> (8 * i));
    to.update(length);
    to.update(std::as_bytes(std::span(text)));
}

} // namespace

std::string token_of(std::initializer_list<std::string_view> texts) {
    proto::hasher hasher(proto::digest_kind::sha256);
    for (const auto text : texts) add(hasher, text);
    const auto hex = hasher.finish().to_string();
    constexpr std::size_t digits = 16;
    return hex.substr(hex.find(':') + 1, digits);
}

std::string partial_name(std::initializer_list<std::string_view> bound_to) {
    return ".tug-" + token_of(bound_to) + ".part";
}

proto::result<partial_file> open_partial(int directory, const std::string& name, std::uint64_t most) {
    constexpr int how = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        partial_file out;
        out.fd.reset(::openat(directory, name.c_str(), how, 0600));
        struct stat st{};
        if (!out.fd || ::fstat(out.fd.get(), &st) != 0) return file_failure(errno, std::string(what));
        if (!is_own(st)) {
            auto f = file_failure(EEXIST, std::string(what) + ": another file has its name");
            f.code = proto::errc::io_error;
            return f;
        }
        if (!lock_temporary(out.fd.get()) && errno == EWOULDBLOCK)
            return proto::failure(proto::errc::busy, "another transfer of this token is still being written");
        if (!is_named(directory, name, out.fd.get())) continue;
        if (::fstat(out.fd.get(), &st) != 0) return file_failure(errno, std::string(what)); // it may have grown
        out.size = static_cast<std::uint64_t>(st.st_size);
        if (out.size > most && ::ftruncate(out.fd.get(), 0) == 0) out.size = 0;
        if (::lseek(out.fd.get(), static_cast<off_t>(out.size), SEEK_SET) < 0)
            return file_failure(errno, std::string(what));
        return out;
    }
    return file_failure(EAGAIN, std::string(what));
}

} // namespace tug::os
