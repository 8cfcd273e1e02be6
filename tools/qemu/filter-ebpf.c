/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * filter-ebpf: an eBPF program judges the packets of a network backend. It is checked before it runs and
 * cannot touch memory other than its packet and its maps; libweir does that, and runs it.
 *
 *   -object filter-ebpf,id=f0,netdev=hn0,queue=tx,program=ip_dst.weir
 *
 * Packets are judged on a private copy: the guest could change its own memory behind the verdict.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-types-qom.h"
#include "qapi/visitor.h"
#include "qemu/bswap.h"
#include "qemu/iov.h"
#include "qemu/module.h"
#include "net/filter.h"
#include "net/net.h"
#include "net/queue.h"
#include "qom/object.h"

#include <weir.h>

#include "ebpf-packet.h"

#define TYPE_FILTER_EBPF "filter-ebpf"

OBJECT_DECLARE_SIMPLE_TYPE(FilterEbpfState, FILTER_EBPF)

struct FilterEbpfState {
    NetFilterState parent_obj;

    /* Properties. */
    char *program_path;
    char *program_name;
    char *pin_dir;
    FilterEbpfLayer layer;
    FilterEbpfPolicy policy;
    FilterEbpfVerdict default_verdict;
    FilterEbpfVerdict other_verdict;

    weir_program *program;
    weir_filter *filter;
    uint32_t link;
    struct ebpf_packet *packet;
    uint64_t unfit;     /* packets that could not be given to the program, or not be sent as it left them */
};

/* Filters run in whatever thread has the big lock, one at a time. */
static weir_host *filter_ebpf_host;
static weir_worker *filter_ebpf_worker;

static bool filter_ebpf_get_host(Error **errp)
{
    char *why = NULL;

    if (filter_ebpf_worker) {
        return true;
    }
    if (!filter_ebpf_host) {
        struct weir_host_options options = { .size = sizeof(options), .workers = 1 };

        filter_ebpf_host = weir_host_open(&options, &why);
    }
    if (filter_ebpf_host) {
        filter_ebpf_worker = weir_worker_open(filter_ebpf_host, &why);
    }
    if (!filter_ebpf_worker) {
        error_setg(errp, "%s", why ? why : "libweir is out of memory");
        weir_string_free(why);
    }
    return filter_ebpf_worker != NULL;
}

static weir_program *filter_ebpf_load(FilterEbpfState *s, const char *path, Error **errp)
{
    char *why = NULL;
    struct weir_program_options options = {
        .size = sizeof(options),
        .name = s->program_name,
        .policy = s->policy == FILTER_EBPF_POLICY_STRICT ? WEIR_POLICY_STRICT : WEIR_POLICY_GUARD,
        .at = s->layer == FILTER_EBPF_LAYER_IP ? "ip" : "frame",
        .maps_from = s->program,
        .pin_folder = s->pin_dir,
        .pin_all = s->pin_dir != NULL,
    };
    weir_program *program = weir_program_open(filter_ebpf_host, path, &options, &why);

    if (!program) {
        error_setg(errp, "%s", why ? why : "libweir is out of memory");
        weir_string_free(why);
    }
    return program;
}

static enum weir_on_error filter_ebpf_on_error(FilterEbpfVerdict verdict)
{
    return verdict == FILTER_EBPF_VERDICT_DROP ? WEIR_DROP_IT : WEIR_PASS_IT;
}

static void filter_ebpf_setup(NetFilterState *nf, Error **errp)
{
    FilterEbpfState *s = FILTER_EBPF(nf);
    struct weir_filter_options options = {
        .size = sizeof(options),
        .on_trap = filter_ebpf_on_error(s->default_verdict),
        .on_other = filter_ebpf_on_error(s->other_verdict),
    };
    char *why = NULL;

    if (!s->program_path) {
        error_setg(errp, "filter-ebpf needs 'program'");
        return;
    }
    if (!filter_ebpf_get_host(errp)) {
        return;
    }
    s->program = filter_ebpf_load(s, s->program_path, errp);
    if (!s->program) {
        return;
    }
    options.hook = weir_program_hook(s->program);
    s->filter = weir_filter_open(filter_ebpf_host, &options, &why);
    if (!s->filter || weir_filter_attach(s->filter, s->program, NULL, &s->link, &why) != 0) {
        error_setg(errp, "%s", why ? why : "libweir is out of memory");
        weir_string_free(why);
        return;     /* cleanup frees what is there */
    }
    s->packet = g_new(struct ebpf_packet, 1);
}

static void filter_ebpf_cleanup(NetFilterState *nf)
{
    FilterEbpfState *s = FILTER_EBPF(nf);

    weir_filter_close(s->filter);
    s->filter = NULL;
    weir_program_close(s->program);
    s->program = NULL;
    g_free(s->packet);
    s->packet = NULL;
}

static ssize_t filter_ebpf_unfit(FilterEbpfState *s, size_t size)
{
    s->unfit++;
    return s->default_verdict == FILTER_EBPF_VERDICT_DROP ? size : 0;
}

static ssize_t filter_ebpf_receive_iov(NetFilterState *nf, NetClientState *sender, unsigned flags,
                                       const struct iovec *iov, int iovcnt, NetPacketSent *sent_cb)
{
    FilterEbpfState *s = FILTER_EBPF(nf);
    const size_t size = iov_size(iov, iovcnt);
    const bool from_guest = sender != nf->netdev;
    /* Announcements of a migration have no header, whatever was negotiated. */
    const size_t vnet_len = flags & QEMU_NET_PACKET_FLAG_RAW ? 0 : nf->netdev->vnet_hdr_len;
    struct weir_packet run;
    struct iovec whole;

    if (!s->filter) {
        return 0;
    }
    if (!ebpf_packet_take(s->packet, iov, iovcnt, vnet_len)) {
        return filter_ebpf_unfit(s, size);
    }
    run = (struct weir_packet) {
        .data = s->packet->frame,
        .size = s->packet->frame_len,
        .headroom = EBPF_HEADROOM,
        .tailroom = EBPF_TAILROOM,
    };
    weir_filter_run(filter_ebpf_worker, s->filter, &run, 1);
    if (run.action != WEIR_PASS) {
        /* Nothing in a VM's backend takes XDP_TX or a redirect: they are drops, counted apart. */
        return size;
    }
    /* Where the memory is ours the original can go on, and keeps its sender informed. */
    if (!from_guest && run.data == s->packet->frame && run.size == s->packet->frame_len &&
        ebpf_packet_is(s->packet, iov, iovcnt)) {
        return 0;
    }
    if (!ebpf_packet_mend(s->packet, run.data, run.size, HOST_BIG_ENDIAN)) {
        s->unfit++;
        return size;
    }
    whole = ebpf_packet_whole(s->packet);
    qemu_netfilter_pass_to_next(sender, flags, &whole, 1, nf);
    return size;
}

/* Properties */

static char *filter_ebpf_get_program(Object *obj, Error **errp)
{
    return g_strdup(FILTER_EBPF(obj)->program_path);
}

/* On a filter that runs: the new program takes the old one's place, and its maps; where it does not load,
 * the old one stays. */
static void filter_ebpf_set_program(Object *obj, const char *value, Error **errp)
{
    FilterEbpfState *s = FILTER_EBPF(obj);

    if (s->filter) {
        char *why = NULL;
        weir_program *program = filter_ebpf_load(s, value, errp);

        if (!program) {
            return;
        }
        if (weir_filter_replace(s->filter, s->link, program, &why) != 0) {
            error_setg(errp, "%s", why ? why : "libweir is out of memory");
            weir_string_free(why);
            weir_program_close(program);
            return;
        }
        weir_program_close(s->program);
        s->program = program;
    }
    g_free(s->program_path);
    s->program_path = g_strdup(value);
}

static bool filter_ebpf_fixed(FilterEbpfState *s, const char *property, Error **errp)
{
    if (s->filter) {
        error_setg(errp, "'%s' can't be changed while the filter runs", property);
    }
    return s->filter != NULL;
}

static char *filter_ebpf_get_name(Object *obj, Error **errp)
{
    return g_strdup(FILTER_EBPF(obj)->program_name);
}

static void filter_ebpf_set_name(Object *obj, const char *value, Error **errp)
{
    FilterEbpfState *s = FILTER_EBPF(obj);

    g_free(s->program_name);
    s->program_name = g_strdup(value);
}

static char *filter_ebpf_get_pin_dir(Object *obj, Error **errp)
{
    return g_strdup(FILTER_EBPF(obj)->pin_dir);
}

static void filter_ebpf_set_pin_dir(Object *obj, const char *value, Error **errp)
{
    FilterEbpfState *s = FILTER_EBPF(obj);

    if (!filter_ebpf_fixed(s, "pin-dir", errp)) {
        g_free(s->pin_dir);
        s->pin_dir = g_strdup(value);
    }
}

#define FILTER_EBPF_ENUM(member, property)                                          \
    static int filter_ebpf_get_##member(Object *obj, Error **errp)                  \
    {                                                                               \
        return FILTER_EBPF(obj)->member;                                            \
    }                                                                               \
    static void filter_ebpf_set_##member(Object *obj, int value, Error **errp)      \
    {                                                                               \
        FilterEbpfState *s = FILTER_EBPF(obj);                                      \
                                                                                    \
        if (!filter_ebpf_fixed(s, property, errp)) {                                \
            s->member = value;                                                      \
        }                                                                           \
    }

FILTER_EBPF_ENUM(layer, "layer")
FILTER_EBPF_ENUM(policy, "policy")
FILTER_EBPF_ENUM(default_verdict, "default-verdict")
FILTER_EBPF_ENUM(other_verdict, "other")

/* Counters, to be read with qom-get. */

enum { COUNT_PACKETS, COUNT_BYTES, COUNT_PASSED, COUNT_DROPPED, COUNT_UNSUPPORTED, COUNT_TRAPPED, COUNT_UNFIT };

static const struct {
    const char *name, *text;
} filter_ebpf_counters[] = {
    [COUNT_PACKETS] = { "packets", "packets that were judged" },
    [COUNT_BYTES] = { "bytes", "bytes of these" },
    [COUNT_PASSED] = { "passed", "packets that went on" },
    [COUNT_DROPPED] = { "dropped", "packets that were dropped" },
    [COUNT_UNSUPPORTED] = { "unsupported", "packets dropped since the program asked for XDP_TX or a redirect" },
    [COUNT_TRAPPED] = { "trapped", "packets whose program was ended; default-verdict decided" },
    [COUNT_UNFIT] = { "unfit", "packets too short or long to judge, or not to be sent as the program left them" },
};

static void filter_ebpf_get_count(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    FilterEbpfState *s = FILTER_EBPF(obj);
    struct weir_filter_counts counts = { 0 };
    uint64_t value = 0;

    if (s->filter) {
        weir_filter_get_counts(s->filter, &counts);
    }
    switch ((intptr_t)opaque) {
    case COUNT_PACKETS:
        value = counts.packets;
        break;
    case COUNT_BYTES:
        value = counts.bytes;
        break;
    case COUNT_PASSED:
        value = counts.actions[WEIR_PASS];
        break;
    case COUNT_DROPPED:
        value = counts.actions[WEIR_DROP];
        break;
    case COUNT_UNSUPPORTED:
        value = counts.actions[WEIR_TRANSMIT] + counts.actions[WEIR_REDIRECT];
        break;
    case COUNT_TRAPPED:
        value = counts.trapped;
        break;
    case COUNT_UNFIT:
        value = s->unfit;
        break;
    }
    visit_type_uint64(v, name, &value, errp);
}

static void filter_ebpf_class_init(ObjectClass *oc, void *data)
{
    NetFilterClass *nfc = NETFILTER_CLASS(oc);

    object_class_property_add_str(oc, "program", filter_ebpf_get_program, filter_ebpf_set_program);
    object_class_property_set_description(oc, "program",
                                          "eBPF object or native object of weir; can be set while the filter runs");
    object_class_property_add_str(oc, "program-name", filter_ebpf_get_name, filter_ebpf_set_name);
    object_class_property_add_str(oc, "pin-dir", filter_ebpf_get_pin_dir, filter_ebpf_set_pin_dir);
    object_class_property_add_enum(oc, "layer", "FilterEbpfLayer", &FilterEbpfLayer_lookup,
                                   filter_ebpf_get_layer, filter_ebpf_set_layer);
    object_class_property_add_enum(oc, "policy", "FilterEbpfPolicy", &FilterEbpfPolicy_lookup,
                                   filter_ebpf_get_policy, filter_ebpf_set_policy);
    object_class_property_add_enum(oc, "default-verdict", "FilterEbpfVerdict", &FilterEbpfVerdict_lookup,
                                   filter_ebpf_get_default_verdict, filter_ebpf_set_default_verdict);
    object_class_property_add_enum(oc, "other", "FilterEbpfVerdict", &FilterEbpfVerdict_lookup,
                                   filter_ebpf_get_other_verdict, filter_ebpf_set_other_verdict);
    for (intptr_t i = 0; i < ARRAY_SIZE(filter_ebpf_counters); i++) {
        object_class_property_add(oc, filter_ebpf_counters[i].name, "uint64", filter_ebpf_get_count, NULL, NULL,
                                  (void *)i);
        object_class_property_set_description(oc, filter_ebpf_counters[i].name, filter_ebpf_counters[i].text);
    }

    nfc->setup = filter_ebpf_setup;
    nfc->cleanup = filter_ebpf_cleanup;
    nfc->receive_iov = filter_ebpf_receive_iov;
}

static void filter_ebpf_instance_init(Object *obj)
{
    FilterEbpfState *s = FILTER_EBPF(obj);

    /* A firewall that cannot judge does not let pass. */
    s->default_verdict = FILTER_EBPF_VERDICT_DROP;
    s->other_verdict = FILTER_EBPF_VERDICT_PASS;
}

static void filter_ebpf_instance_finalize(Object *obj)
{
    FilterEbpfState *s = FILTER_EBPF(obj);

    g_free(s->program_path);
    g_free(s->program_name);
    g_free(s->pin_dir);
}

static const TypeInfo filter_ebpf_info = {
    .name = TYPE_FILTER_EBPF,
    .parent = TYPE_NETFILTER,
    .class_init = filter_ebpf_class_init,
    .instance_init = filter_ebpf_instance_init,
    .instance_finalize = filter_ebpf_instance_finalize,
    .instance_size = sizeof(FilterEbpfState),
};

static void register_types(void)
{
    type_register_static(&filter_ebpf_info);
}

type_init(register_types);
