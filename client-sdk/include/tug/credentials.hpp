#pragma once

#include <tug/os/private_file.hpp>
#include <tug/proto/secret_key.hpp>

#include <optional>
#include <string>
#include <utility>

namespace tug {

/// Who but its owner may be able to read a file of secrets: none, or any where the caller says that it is meant.
using os::secret_readers;

/// A shared key: 32 bytes, `tug::secret_key(std::span<const std::byte, 32>)`. Wiped when it goes.
using proto::secret_key;

/// A key and its id: what a client logs in with. The key is wiped when the last copy goes.
class credentials {
public:
    credentials(std::string key_id, const secret_key& key) : key_id_(std::move(key_id)), key_(key) {}

    /// Reads a key file: lines `id base64-of-32-bytes permission,…`; empty lines and lines that begin with # are
    /// skipped. Takes the line of `key_id`, or the first one. Blocks for the time it takes to read a small local file.
    /// `path` may lead through symlinks, and to a pipe by way of a descriptor (/dev/fd/N): then this waits until its
    /// writer closes it. Throws tug::error: bad_key_file where other users can write to the file, or read it (unless
    /// `others` says that this is meant, or it is on a read-only mount), it belongs to another user than this one or
    /// root, a line is malformed, or there is no such id. No message holds key bytes.
    [[nodiscard]] static credentials from_file(const std::string& path,
                                               const std::optional<std::string>& key_id = std::nullopt,
                                               secret_readers others = secret_readers::none);

    [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }

    [[nodiscard]] const secret_key& key() const noexcept { return key_; }

private:
    std::string key_id_;
    secret_key key_;
};

} // namespace tug
