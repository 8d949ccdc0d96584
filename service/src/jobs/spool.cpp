#include "jobs/spool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tug::service {

std::size_t memory_spool::room() {
    return policy_ == when_full::drop_oldest ? std::numeric_limits<std::size_t>::max() : most_ - kept_;
}

void memory_spool::append(proto::chunk piece) {
    count(piece.bytes());
    kept_ += piece.size();
    // Small writes fill the memory that the last piece has anyway, so that what is bounded in bytes is so in memory.
    if (!pieces_.empty()) piece.consume(pieces_.back().append(piece.bytes()));
    if (!piece.empty()) pieces_.push_back(std::move(piece));
    if (kept_ > most_) forget(kept_ - most_);
}

void memory_spool::forget(std::size_t bytes) {
    kept_ -= bytes;
    auto first = pieces_.begin();
    for (; bytes > 0 && bytes >= first->size(); ++first) bytes -= first->size();
    pieces_.erase(pieces_.begin(), first);
    if (bytes > 0) pieces_.front().consume(bytes);
}

proto::chunk memory_spool::read(std::uint64_t position, std::size_t most) const {
    auto skip = position - kept_from();
    for (const auto& piece : pieces_) {
        if (skip < piece.size()) {
            const auto rest = piece.bytes().subspan(skip);
            return proto::chunk::copy_of(rest.first(std::min(most, rest.size())));
        }
        skip -= piece.size();
    }
    return {};
}

proto::chunk memory_spool::take(std::size_t most) {
    if (pieces_.empty()) return {};
    auto& oldest = pieces_.front();
    if (oldest.size() > most) {
        auto part = proto::chunk::copy_of(oldest.bytes().first(most));
        forget(most);
        return part;
    }
    auto piece = std::move(oldest);
    kept_ -= piece.size();
    pieces_.erase(pieces_.begin());
    return piece;
}

} // namespace tug::service
