#pragma once

#include "file_reader.hpp"

#include <tug/net/blocking.hpp>
#include <tug/proto/block_delta.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/limits.hpp>
#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::detail {

// Where the bytes of a put come from.

/// What a put sends, piece by piece, with its digest at the end.
class put_sender {
public:
    put_sender() = default;
    put_sender(const put_sender&) = delete;
    put_sender& operator=(const put_sender&) = delete;
    virtual ~put_sender() = default;

    /// Empty at the end.
    [[nodiscard]] virtual boost::asio::awaitable<proto::result<file_piece>> next() = 0;
    [[nodiscard]] virtual proto::digest digest() = 0;

    /// Whether next() may wait for something that never comes, and can be cancelled then.
    [[nodiscard]] virtual bool may_wait() const noexcept { return false; }

    /// Where it ends, if it ends in a hole. After the end.
    [[nodiscard]] virtual std::optional<std::uint64_t> end_of_hole() const { return std::nullopt; }

    /// Takes in the first `count` bytes, which the server has already.
    [[nodiscard]] virtual boost::asio::awaitable<proto::result<void>> pass(std::uint64_t count) {
        if (count > 0)
            co_return proto::failure(proto::errc::protocol_violation, "the server has bytes that were never sent");
        co_return proto::result<void>();
    }
};

class source_sender final : public put_sender {
public:
    source_sender(source& from, proto::digest_kind kind) : from_(from), hasher_(kind) {}

    boost::asio::awaitable<proto::result<file_piece>> next() override {
        file_piece piece;
        piece.bytes = co_await from_.next(proto::piece_size);
        hasher_.update(piece.bytes.bytes());
        co_return std::move(piece);
    }

    proto::digest digest() override { return hasher_.finish(); }

    [[nodiscard]] bool may_wait() const noexcept override { return true; }

private:
    source& from_;
    proto::hasher hasher_;
};

class text_sender final : public put_sender {
public:
    text_sender(std::string_view text, proto::digest_kind kind) : left_(text), hasher_(kind) {}

    boost::asio::awaitable<proto::result<file_piece>> next() override {
        file_piece piece;
        piece.bytes = proto::chunk::copy_of(left_.substr(0, proto::piece_size));
        left_.remove_prefix(piece.bytes.size());
        hasher_.update(piece.bytes.bytes());
        co_return std::move(piece);
    }

    proto::digest digest() override { return hasher_.finish(); }

private:
    std::string_view left_;
    proto::hasher hasher_;
};

/// Reads a block ahead on a file thread: while its pieces are on their way the server has work, so that nothing waits
/// for the next block.
class file_sender final : public put_sender {
public:
    file_sender(file_reader& file, net::blocking_pool& threads) : file_(file), threads_(threads) {}

    boost::asio::awaitable<proto::result<file_piece>> next() override {
        while (at_ == block_.size() && !file_.done()) {
            const auto read = [this] { return file_.next_block(); };
            auto block = co_await net::run_blocking(threads_, read);
            if (!block) co_return block.error();
            block_ = std::move(*block);
            at_ = 0;
        }
        file_piece piece;
        if (at_ < block_.size()) piece = std::move(block_[at_++]);
        co_return std::move(piece);
    }

    proto::digest digest() override { return file_.digest(); }

    [[nodiscard]] std::optional<std::uint64_t> end_of_hole() const override { return file_.end_of_hole(); }

    boost::asio::awaitable<proto::result<void>> pass(std::uint64_t count) override {
        if (count > file_.size().value_or(0))
            co_return proto::failure(proto::errc::protocol_violation, "the server has more bytes than there are");
        const auto work = [&] { return file_.pass(count); };
        for (bool done = count == 0; !done;) {
            const auto passed = co_await net::run_blocking(threads_, work);
            if (!passed) co_return passed.error();
            done = *passed;
        }
        co_return proto::result<void>();
    }

private:
    file_reader& file_;
    net::blocking_pool& threads_;
    std::vector<file_piece> block_;
    std::size_t at_ = 0;
};

/// What of a file differs from one that the server has.
class delta_sender final : public put_sender {
public:
    delta_sender(file_reader& file, net::blocking_pool& threads, proto::block_delta base)
        : file_(file), threads_(threads), base_(std::move(base)) {}

    boost::asio::awaitable<proto::result<file_piece>> next() override {
        const auto look = [this] { return compare_block(); };
        while (changed_.empty() && !file_.done()) {
            const auto looked = co_await net::run_blocking(threads_, look);
            if (!looked) co_return looked.error();
        }
        file_piece piece;
        if (!changed_.empty()) {
            piece = std::move(changed_.front());
            changed_.pop_front();
        }
        co_return std::move(piece);
    }

    proto::digest digest() override { return file_.digest(); }

    /// What comes last may be as it was.
    [[nodiscard]] std::optional<std::uint64_t> end_of_hole() const override { return file_.position(); }

private:
    proto::result<void> compare_block() {
        auto at = file_.position();
        const auto block = file_.next_block();
        if (!block) return block.error();
        for (const auto& piece : *block) {
            const auto bytes = piece.bytes.bytes();
            for (const auto& run : base_.compare(at, bytes)) {
                auto& changed = changed_.emplace_back();
                changed.bytes = proto::chunk::copy_of(bytes.subspan(run.begin, run.size));
                changed.position = at + run.begin;
            }
            at += piece.bytes.size();
        }
        return {};
    }

    file_reader& file_;
    net::blocking_pool& threads_;
    proto::block_delta base_;
    std::deque<file_piece> changed_;
};

} // namespace tug::detail
