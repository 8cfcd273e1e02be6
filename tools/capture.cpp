// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/capture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/interrupted.h"
#include "frontend/support/text.h"

namespace weir::tool {

namespace {
constexpr int kSnapLength = 262144;  // tcpdump's: longer than any packet
}

namespace {

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

// A classic capture with microseconds starts with this number, in the byte order of its writer.
// Read as nanoseconds and written again it would become another format; so it stays as it is. All
// others (nanosecond pcap, pcapng, what cannot be looked at twice) are handled in nanoseconds.
Result<bool> is_microsecond_capture(std::FILE* file) {
  constexpr uint32_t kMagic = 0xa1b2c3d4;
  uint32_t magic = 0;
  for (size_t have = 0; have < sizeof magic;) {
    const ssize_t got = again_if_interrupted([&] {
      return ::pread(::fileno(file), reinterpret_cast<uint8_t*>(&magic) + have, sizeof magic - have,
                     static_cast<off_t>(have));
    });
    if (got == 0 || (got < 0 && errno == ESPIPE)) return false;
    if (got < 0) {
      return Error(ErrorCode::kIo,
                   fmt::format("cannot read the capture: {}", std::strerror(errno)));
    }
    have += static_cast<size_t>(got);
  }
  return magic == kMagic || magic == __builtin_bswap32(kMagic);
}

Error malformed(const std::string& path, std::string_view what) {
  return Error(ErrorCode::kCaptureMalformed, printable(what, PCAP_ERRBUF_SIZE)).in_file(path);
}

}  // namespace

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  CaptureReader reader;
  reader.path_ = path == "-" ? "standard input" : path;
  File file(path == "-" ? ::fdopen(::dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rbe"),
            &std::fclose);
  if (!file) {
    const int error = errno;
    return Error(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 fmt::format("cannot open the capture: {}", std::strerror(error)))
        .in_file(reader.path_);
  }
  struct stat info{};
  if (::fstat(::fileno(file.get()), &info) == 0 && S_ISDIR(info.st_mode)) {
    return Error(ErrorCode::kIo, "is a directory, expected a capture").in_file(reader.path_);
  }
  auto microseconds = is_microsecond_capture(file.get());
  if (!microseconds) return microseconds.take_error().in_file(reader.path_);
  reader.precision_ = *microseconds ? PCAP_TSTAMP_PRECISION_MICRO : PCAP_TSTAMP_PRECISION_NANO;
  char why[PCAP_ERRBUF_SIZE] = "";
  reader.pcap_.reset(::pcap_fopen_offline_with_tstamp_precision(
      file.get(), static_cast<unsigned>(reader.precision_), why));
  if (!reader.pcap_) return malformed(reader.path_, why);
  (void)file.release();  // pcap_close() closes it
  return reader;
}

Result<bool> CaptureReader::next(CapturedPacket& packet) {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = ::pcap_next_ex(pcap_.get(), &header, &bytes);
  if (got == PCAP_ERROR_BREAK) return false;
  if (got != 1) return malformed(path_, ::pcap_geterr(pcap_.get()));
  packet.header = *header;
  packet.bytes = ByteSpan(bytes, header->caplen);
  return true;
}

Result<CaptureWriter> CaptureWriter::create(const std::string& path, const CaptureReader& like) {
  return create(path, like.link_type(), like.snap_length(), like.precision());
}

Result<CaptureWriter> CaptureWriter::create_ethernet(const std::string& path) {
  return create(path, DLT_EN10MB, kSnapLength, PCAP_TSTAMP_PRECISION_MICRO);
}

Result<CaptureWriter> CaptureWriter::create(const std::string& path, int link_type, int snap_length,
                                            int precision) {
  WEIR_TRY(OutputFile file, OutputFile::create(path == "-" ? "/dev/stdout" : path));
  CaptureWriter writer(std::move(file));
  writer.pcap_.reset(::pcap_open_dead_with_tstamp_precision(link_type, snap_length,
                                                            static_cast<unsigned>(precision)));
  if (!writer.pcap_) return Error(ErrorCode::kOutOfMemory, "no memory for libpcap");
  writer.dumper_ = ::pcap_dump_fopen(writer.pcap_.get(), writer.file_.stream());
  if (writer.dumper_ == nullptr) {
    return Error(ErrorCode::kIo, printable(::pcap_geterr(writer.pcap_.get()), PCAP_ERRBUF_SIZE))
        .in_file(path);
  }
  return writer;
}

void CaptureWriter::write(const CapturedPacket& packet) {
  ::pcap_dump(reinterpret_cast<u_char*>(dumper_), &packet.header, packet.bytes.data());
  file_.note_failed_write();
}

Status CaptureWriter::commit() {
  return file_.commit();
}

}  // namespace weir::tool
