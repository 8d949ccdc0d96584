#pragma once

#include "queue_link.hpp"

#include <openssl/evp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::worker {

// Files in an object store of JetStream, by its documented layout (ADR-20 of NATS), since libnats 3.4 has none: chunks
// under $O.BUCKET.C.NUID, and what is known of them under $O.BUCKET.M.NAME, the name in base64.

void make_object_bucket(queue_link& in);

/// The SHA-256 of what passes through.
class object_digest {
public:
    object_digest();
    void add(std::string_view bytes);
    /// "SHA-256=" and base64, as the store has it. Once.
    [[nodiscard]] std::string text();

private:
    handle<EVP_MD_CTX, EVP_MD_CTX_free> of_;
};

/// Reads an object. Its calls block and throw nats_error: not_found where there is none, refused where it is damaged.
class object_reader {
public:
    object_reader(queue_link& from, std::string name);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// The next bytes; empty at the end, which is reached only where all of them were right.
    [[nodiscard]] std::string next();

private:
    queue_link& from_;
    std::string name_;
    std::string chunks_; ///< Their subject.
    std::string expected_digest_;
    std::uint64_t size_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t next_sequence_ = 1;
    object_digest digest_;
};

/// Writes an object, which is there, or takes the place of the one before, with finish(). Its calls block and throw
/// nats_error.
class object_writer {
public:
    object_writer(queue_link& to, std::string name);

    void write(std::string_view bytes);
    void finish();

private:
    void publish_chunk(std::string_view bytes);

    queue_link& to_;
    std::string name_;
    std::string id_;
    std::string pending_;
    std::uint64_t size_ = 0;
    std::uint64_t chunks_ = 0;
    object_digest digest_;
};

} // namespace tug::worker
