// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/unit/cache/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::cache_test {

TemporaryFolder::TemporaryFolder() {
  std::string name = ::testing::TempDir() + "weir-cache-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "mkdtemp " << name;
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Digest key_of(std::string_view text) {
  return digest_of(as_bytes(text));
}

Bytes noise(size_t size, uint32_t seed) {
  std::minstd_rand random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() >> 16);
  return bytes;
}

Bytes text_bytes(std::string_view text) {
  ByteSpan bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

Description description_of(std::string_view name) {
  Description description;
  description.key_fields = {{"arch", "x86-64"}, {"name", std::string(name)}};
  return description.note("source", "filter.o");
}

Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return text_bytes(text);
}

void write_file(const std::string& path, ByteSpan bytes, int mode) {
  // A new file: ext4 writes a file that was cut to nothing to the disk at once, which takes long.
  ::unlink(path.c_str());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  EXPECT_TRUE(out.good()) << path;
  EXPECT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

void set_age(const std::string& path, std::chrono::seconds age) {
  timespec then = to_timespec(std::chrono::system_clock::now() - age);
  const timespec times[2] = {then, then};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
}

std::chrono::seconds age_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() -
                                                          to_time(info.st_mtim));
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& item : std::filesystem::directory_iterator(folder, ignored)) {
    names.push_back(item.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void seal(Bytes& entry) {
  ASSERT_GE(entry.size(), Digest::kSize);
  Digest checksum = digest_of(ByteSpan(entry).first(entry.size() - Digest::kSize));
  std::copy(checksum.bytes.begin(), checksum.bytes.end(), entry.end() - Digest::kSize);
}

std::string run_in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  pid_t child = ::fork();
  if (child < 0) return "no child";
  if (child == 0) {
    ::close(ends[0]);
    std::string said = body();
    size_t done = 0;
    while (done < said.size()) {
      ssize_t n = ::write(ends[1], said.data() + done, said.size() - done);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char part[256];
  for (ssize_t n; (n = ::read(ends[0], part, sizeof part)) > 0;)
    said.append(part, static_cast<size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit status " + std::to_string(WEXITSTATUS(status));
  return said;
}

LocalStore StoreTest::open_store(const StoreOptions& options) {
  auto store = LocalStore::open(folder_, options);
  if (!store) {
    ADD_FAILURE() << store.error().to_string();
    std::abort();
  }
  return std::move(*store);
}

Lookup StoreTest::must_lookup(LocalStore& store, const Digest& key) {
  auto found = store.lookup(key);
  if (!found) {
    ADD_FAILURE() << found.error().to_string();
    return {};
  }
  return std::move(*found);
}

}  // namespace weir::cache_test
