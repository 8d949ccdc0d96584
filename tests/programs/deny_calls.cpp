// deny_calls ERRNO CALL... -- PROGRAM ARGUMENT...: becomes the program, for which those system calls fail with that
// errno, as on an older kernel or under a strict seccomp filter. Both are numbers; `CALL:N` is a call whose first
// argument is N.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr unsigned number_at = offsetof(seccomp_data, nr);
constexpr unsigned first_argument_at = offsetof(seccomp_data, args); // its lower half, on machines that begin with it

class filter {
public:
    explicit filter(unsigned error) : refuse_(SECCOMP_RET_ERRNO | error) { load(number_at); }

    void deny(const std::string& call) {
        const auto colon = call.find(':');
        const bool with_argument = colon != std::string::npos;
        // A comparison goes on with the next instruction where it holds, and skips what belongs to it where not.
        compare(call.substr(0, colon), with_argument ? 4 : 1);
        if (with_argument) {
            load(first_argument_at);
            compare(call.substr(colon + 1), 1);
        }
        add(BPF_RET | BPF_K, refuse_);
        if (with_argument) load(number_at);
    }

    bool install() {
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    }

private:
    void add(unsigned short what, unsigned k, unsigned char otherwise = 0) { code_.push_back({what, 0, otherwise, k}); }

    void load(unsigned offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }

    void compare(const std::string& with, unsigned char otherwise) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(std::stoul(with)), otherwise);
    }

    unsigned refuse_;
    std::vector<sock_filter> code_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    filter calls(static_cast<unsigned>(std::atoi(argv[1])));
    int at = 2;
    for (; at < argc && std::strcmp(argv[at], "--") != 0; ++at) calls.deny(argv[at]);
    if (at + 1 >= argc) return 2;
    if (!calls.install()) {
        std::perror("seccomp");
        return 3;
    }
    ::execv(argv[at + 1], argv + at + 1);
    std::perror(argv[at + 1]);
    return 4;
}
