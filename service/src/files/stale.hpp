#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tug::service {

/// Removes `name` from `directory` if it is a temporary that no process uses: named `.tug-<16 hex>.tmp` or `.part`, a
/// regular file, owned by our effective user, and not locked. True if it was removed. Whatever cannot be told stays.
/// Thread safe. Without root's rights a file of a mode that lets its owner neither read nor write cannot be tested, and
/// stays.
bool remove_if_stale(int directory, const std::string& name);

/// What a look through a directory found.
struct sweep {
    std::size_t entries = 0;
    std::size_t removed = 0;
};

/// So many interrupted puts are kept of each directory; the oldest make room, when it is looked through.
constexpr std::size_t max_kept_partials = 64;
constexpr std::chrono::hours usual_keep_partial{24};

/// remove_if_stale() for every entry of `directory` (a descriptor open for reading), but what has come of interrupted
/// puts (`.tug-<16 hex>.part`) is kept for so long after its last write.
sweep remove_stale_temporaries(int directory, std::chrono::seconds keep_partial = usual_keep_partial);

/// Decides when a directory is looked through for leftovers of a kill -9, so that a put into one of many entries does
/// not pay for all of them each time.
///
/// The rule: the first put into a directory since this object was made scans it. Later ones do once 50 times the
/// duration of the last scan has passed since (10 s at most), and, however fast they come and however slow that scan
/// was, after 64 of them and one more for each 4 entries that were seen. So a leftover of a former life of the daemon
/// goes with the next put into its directory after the restart; one of another tugd on the same files goes, for a
/// directory of usual size, with the next put too, as a scan takes microseconds there, and in any case with one of the
/// next puts, whether they pause or not; and a put pays for the look at some 4 entries, however big the directory.
/// Thread safe; blocks as far as the file system does.
class stale_sweeper {
public:
    /// To be called with the directory of every put before its file is made. Failures are silent: sweeping is a favour.
    void before_put(int directory, std::chrono::seconds keep_partial = usual_keep_partial);

private:
    using clock = std::chrono::steady_clock;
    using directory_id = std::pair<dev_t, ino_t>;
    static constexpr std::size_t max_known = 4096; // beyond, all are forgotten and scanned anew

    /// When the next scan is due: whatever comes first.
    struct plan {
        clock::time_point at;
        std::size_t puts;
    };

    [[nodiscard]] bool is_due(const directory_id& id);
    void scanned(const directory_id& id, clock::duration cost, std::size_t entries);

    std::mutex mutex_;
    std::map<directory_id, plan> plans_;
};

} // namespace tug::service
