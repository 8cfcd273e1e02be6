// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir run: one program on some bytes.
#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/engine/helper_table.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/hex.h"
#include "tools/inputs.h"
#include "tools/load.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

struct RunCommand {
  PcapFilterOption pcap_filter;
  std::string profile;
  std::string file, hex;
  std::string memory_file, memory_hex;
  LoadChoice load;
  OutputOptions out;
};

Result<Input> read_program(const RunCommand& command) {
  if (command.file.empty() == command.hex.empty()) {
    return Error(ErrorCode::kUsage, "one program is needed: a FILE, - or --hex");
  }
  if (!command.hex.empty()) return Input::from_hex(command.hex, "--hex");
  return Input::read(command.file);
}

Result<std::vector<uint8_t>> read_memory(const RunCommand& command) {
  if (!command.memory_hex.empty()) return parse_hex(command.memory_hex, "--mem-hex");
  if (command.memory_file.empty()) return std::vector<uint8_t>();
  if (command.memory_file == "-" && command.file == "-") {
    return Error(ErrorCode::kUsage, "program and memory cannot both be standard input");
  }
  return read_data(command.memory_file);
}

void print_text(const ProgramSet& programs, const ExecContext& context, uint64_t r0,
                uint64_t budget, const CacheReport& cache, ByteSpan memory, bool changed) {
  if (const Trap trap = trap_of(context)) {
    fmt::print("{}\n", programs.executable(context.program).describe(trap).to_string());
  } else {
    fmt::print("r0      {:#x} ({})\n", r0, r0);
  }
  fmt::print("engine  {}\n", engine_text(programs.executable(0)));
  fmt::print("cache   {}\n", cache_text(cache));
  fmt::print("budget  {} of {} used\n", budget - context.budget, budget);
  if (changed) fmt::print("memory  changed:\n{}", hex_dump(memory));
}

Exit run(const RunCommand& command) {
  auto input = read_program(command);
  if (!input) return fail(input.error(), command.out);
  auto memory = read_memory(command);
  if (!memory) return fail(memory.error(), command.out);
  LoadChoice choice = command.load;
  choice.count = !command.profile.empty();
  auto loaded = load(*input, choice);
  if (!loaded) return fail(loaded.error(), command.out);
  const Executable& program = *loaded->executable;

  const std::vector<uint8_t> before = *memory;
  ExecContext context;
  const uint64_t budget = command.load.engine.budget;
  begin_run(context, budget);
  context.helpers = helper_table(program.info().options.helpers);
  loaded->programs.attach(0, context);
  // Without bytes r1 is 0: there is nothing that it could point to.
  uint8_t* data = memory->empty() ? nullptr : memory->data();
  uint64_t r0;
  if (const ContextKind kind = program.info().options.context;
      context_shape(kind) == ContextShape::kPacket) {
    PacketBuffer packet;
    if (Status placed = packet.place(kind, *memory); !placed) {
      const bool frame = packet_input(kind) == PacketInput::kFrame;
      return fail(placed.take_error().with_hint(frame ? "give a frame with --mem or --mem-hex"
                                                      : "give the context with --mem or --mem-hex"),
                  command.out);
    }
    r0 = program.run(&context, &packet.context(), 0);
    const ByteSpan after = packet.packet();
    if (packet_input(kind) == PacketInput::kContext) {
      memory->assign(after.begin(), after.begin() + static_cast<ptrdiff_t>(memory->size()));
    } else if (kind != ContextKind::kFlowDissector) {
      // The Ethernet header before a packet that begins at its IP header is no part of it.
      const size_t before_data = begins_at_ip(kind) ? kEthernetHeader : 0;
      memory->erase(memory->begin() + static_cast<ptrdiff_t>(before_data), memory->end());
      memory->insert(memory->end(), after.begin(), after.end());
    } else {
      memory->assign(after.begin(), after.end());  // what it found
    }
  } else {
    r0 = program.run(&context, data, memory->size());
  }
  const bool changed = *memory != before;
  if (!command.profile.empty()) {
    if (Status kept = write_profile(command.profile, {&*loaded, 1}); !kept)
      return fail(kept.error(), command.out);
  }

  warn_of_load(*loaded);
  if (command.out.as_json()) {
    Json out = {{"program", printable(program.info().name)}};
    if (const Trap trap = trap_of(context)) {
      out["trap"] = to_json(loaded->programs.executable(context.program).describe(trap));
    } else {
      out["r0"] = r0;
      out["r0_hex"] = fmt::format("{:#x}", r0);
    }
    out["memory"] = to_hex(*memory);
    out["memory_changed"] = changed;
    out["budget"] = budget;
    out["budget_used"] = budget - context.budget;
    out.update(load_json(*loaded));
    print_json(out, command.out);
  } else {
    print_text(loaded->programs, context, r0, budget, loaded->cache, *memory, changed);
  }
  return trap_of(context) ? Exit::kFailed : Exit::kOk;
}

}  // namespace

void add_run_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("run", "Run one program on bytes");
  auto command = std::make_shared<RunCommand>();
  sub->add_option("FILE", command->file,
                  "BPF object, native object, assembler text (.s), hex digits (.hex), raw "
                  "bytecode (.bin) or a classic filter (.cbpf, tcpdump -ddd); - is standard input");
  add_pcap_filter(*sub, command->pcap_filter);
  sub->add_option("--hex,--insns", command->hex, "The program itself, as hex digits")
      ->type_name("BYTES");
  auto* file =
      sub->add_option("--mem", command->memory_file,
                      "File with the bytes that r1 gets: data, a frame, or at hook kinds like\n"
                      "kprobe or cgroup_sock_addr the context")
          ->type_name("FILE");
  sub->add_option("--mem-hex", command->memory_hex, "The same as hex digits")
      ->type_name("BYTES")
      ->excludes(file);
  sub->add_option("--profile", command->profile,
                  "Count what the program does, in the interpreter, and add it to this file, for\n"
                  "weir compile --profile")
      ->type_name("FILE");
  add_load_choice(*sub, command->load, true);
  add_output_options(*sub, command->out);
  sub->footer(
      "A run that ends in a trap gives exit code 1.\n\n"
      "Example:\n"
      "  weir run --hex 'b7 00 00 00 2a 00 00 00  95 00 00 00 00 00 00 00'\n"
      "  weir run ip_dst.bpf.o --mem packet.bin --engine interp");
  sub->callback([command, &exit] {
    if (command->pcap_filter.expression) command->pcap_filter.add_to(command->file);
    exit = run(*command);
  });
}

}  // namespace weir::tool
