#pragma once

#include <tug/detail/file_calls.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/file_content.hpp>
#include <tug/file_info.hpp>
#include <tug/listing.hpp>
#include <tug/watch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tug {

/// What can be done to the files of the host besides sending and fetching them, from client::files():
///
///     auto info = co_await client.files().stat("etc/hosts");
///     co_await client.files().remove("tmp/build", tug::depth::all);
///
/// Paths are as everywhere: below the root of tugd, and any bytes but NUL. The last name of a path is not followed
/// where it is a symlink, but where symlinks::follow says so. It costs nothing to make one; it keeps the connection's
/// state, and not the connection.
///
/// Errors are those of a file: not_found, already_exists, is_directory, permission_denied, path_denied, no_space,
/// io_error. Tokens, cancellation and threads: as client.
class files {
public:
    explicit files(std::shared_ptr<detail::session> session) noexcept : session_(std::move(session)) {}

    /// What a path names.
    template <detail::token_for<file_info> Token = detail::default_token>
    [[nodiscard]] auto stat(std::string path, symlinks at_end, Token&& token = Token()) const {
        return begin(detail::stat(session_, std::move(path), at_end), std::forward<Token>(token));
    }

    template <detail::token_for<file_info> Token = detail::default_token>
    [[nodiscard]] auto stat(std::string path, Token&& token = Token()) const {
        return stat(std::move(path), symlinks::follow, std::forward<Token>(token));
    }

    /// The entries of a directory, or of the whole tree below it. That it is none is told by the first listing::next().
    template <detail::token_for<listing> Token = detail::default_token>
    [[nodiscard]] auto list(std::string path, list_options how, Token&& token = Token()) const {
        return begin(detail::list(session_, std::move(path), std::move(how)), std::forward<Token>(token));
    }

    template <detail::token_for<listing> Token = detail::default_token>
    [[nodiscard]] auto list(std::string path, depth how, Token&& token = Token()) const {
        list_options set;
        set.how = how;
        return list(std::move(path), std::move(set), std::forward<Token>(token));
    }

    template <detail::token_for<listing> Token = detail::default_token>
    [[nodiscard]] auto list(std::string path, Token&& token = Token()) const {
        return list(std::move(path), depth::one, std::forward<Token>(token));
    }

    /// The digest of a file, made on the host: its bytes do not come here. Cancelled, the host stops reading.
    template <detail::token_for<file_digest> Token = detail::default_token>
    [[nodiscard]] auto digest(std::string path, digest_options how, Token&& token = Token()) const {
        return begin(detail::digest(session_, std::move(path), how), std::forward<Token>(token));
    }

    template <detail::token_for<file_digest> Token = detail::default_token>
    [[nodiscard]] auto digest(std::string path, Token&& token = Token()) const {
        return digest(std::move(path), digest_options(), std::forward<Token>(token));
    }

    /// The same, and the digest of each block of so many bytes (64 KiB to 16 MiB) from the offset on: what tells which
    /// parts of a file differ from those of another. At most 64 MiB of digests; larger files take larger blocks.
    template <detail::token_for<block_digests> Token = detail::default_token>
    [[nodiscard]] auto digest_blocks(std::string path, std::uint64_t block, digest_options how,
                                     Token&& token = Token()) const {
        return begin(detail::digest_blocks(session_, std::move(path), block, how), std::forward<Token>(token));
    }

    template <detail::token_for<block_digests> Token = detail::default_token>
    [[nodiscard]] auto digest_blocks(std::string path, std::uint64_t block, Token&& token = Token()) const {
        return digest_blocks(std::move(path), block, digest_options(), std::forward<Token>(token));
    }

    /// Copies a file on the host, atomically and durably as a put stores one: by its blocks where the file system
    /// shares them. The copy has the time of the file, and a new one its mode.
    template <detail::token_for<file_copy_result> Token = detail::default_token>
    [[nodiscard]] auto copy(std::string from, std::string to, file_copy_options how, Token&& token = Token()) const {
        return begin(detail::copy(session_, std::move(from), std::move(to), how), std::forward<Token>(token));
    }

    template <detail::token_for<file_copy_result> Token = detail::default_token>
    [[nodiscard]] auto copy(std::string from, std::string to, Token&& token = Token()) const {
        return copy(std::move(from), std::move(to), file_copy_options(), std::forward<Token>(token));
    }

    /// Tells what happens in a directory, in the whole tree below it, or to a file, from the event `ready` on.
    template <detail::token_for<tug::watch> Token = detail::default_token>
    [[nodiscard]] auto watch(std::string path, depth how, Token&& token = Token()) const {
        return begin(detail::begin_watch(session_, std::move(path), how), std::forward<Token>(token));
    }

    template <detail::token_for<tug::watch> Token = detail::default_token>
    [[nodiscard]] auto watch(std::string path, Token&& token = Token()) const {
        return watch(std::move(path), depth::one, std::forward<Token>(token));
    }

    /// How much room there is where a path is.
    template <detail::token_for<file_space> Token = detail::default_token>
    [[nodiscard]] auto space(std::string path, Token&& token = Token()) const {
        return begin(detail::space(session_, std::move(path)), std::forward<Token>(token));
    }

    /// Makes a directory with that mode (0 to 0777, not cut by a umask).
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto make_directory(std::string path, std::uint32_t mode, Token&& token = Token()) const {
        return begin(detail::make_directory(session_, std::move(path), mode, false), std::forward<Token>(token));
    }

    /// Makes a directory and those that are missing on the way, mode 0755. One that is there already is right.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto make_directories(std::string path, Token&& token = Token()) const {
        return begin(detail::make_directory(session_, std::move(path), 0755, true), std::forward<Token>(token));
    }

    /// Removes a file, a symlink or a directory, and brings how many entries are gone. Cancelled, it may have removed a
    /// part of a tree.
    template <detail::token_for<std::uint64_t> Token = detail::default_token>
    [[nodiscard]] auto remove(std::string path, depth how, Token&& token = Token()) const {
        return begin(detail::remove(session_, std::move(path), how), std::forward<Token>(token));
    }

    template <detail::token_for<std::uint64_t> Token = detail::default_token>
    [[nodiscard]] auto remove(std::string path, Token&& token = Token()) const {
        return remove(std::move(path), depth::one, std::forward<Token>(token));
    }

    /// Gives a file or directory another name, on the same file system.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto rename(std::string from, std::string to, rename_mode how, Token&& token = Token()) const {
        return begin(detail::rename(session_, std::move(from), std::move(to), how), std::forward<Token>(token));
    }

    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto rename(std::string from, std::string to, Token&& token = Token()) const {
        return rename(std::move(from), std::move(to), rename_mode::overwrite, std::forward<Token>(token));
    }

    /// Makes a symlink that says `target`.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto make_symlink(std::string path, std::string target, Token&& token = Token()) const {
        return begin(detail::make_symlink(session_, std::move(path), std::move(target)), std::forward<Token>(token));
    }

    /// Gives a file a second name.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto make_link(std::string from, std::string to, Token&& token = Token()) const {
        return begin(detail::make_link(session_, std::move(from), std::move(to)), std::forward<Token>(token));
    }

    /// Sets mode, time and owner.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto set(std::string path, file_attributes to, symlinks at_end, Token&& token = Token()) const {
        return begin(detail::set_attributes(session_, std::move(path), to, at_end), std::forward<Token>(token));
    }

    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto set(std::string path, file_attributes to, Token&& token = Token()) const {
        return set(std::move(path), to, symlinks::follow, std::forward<Token>(token));
    }

private:
    template <class T, class Token>
    auto begin(boost::asio::awaitable<T> call, Token&& token) const {
        return detail::initiate(std::move(call), session_, std::forward<Token>(token));
    }

    std::shared_ptr<detail::session> session_;
};

} // namespace tug
