/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The part of filter-ebpf that knows nothing of QEMU: where in a buffer of iovecs the frame begins, a
 * private copy of it with room around it, and what a changed frame means for the virtio-net header in
 * front. Tested apart (tests/unit/qemu).
 */
#ifndef EBPF_PACKET_H
#define EBPF_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

/* Room that a program may grow a packet into, in front and behind. */
#define EBPF_HEADROOM 256
#define EBPF_TAILROOM 256
/* QEMU's NET_BUFSIZE: the longest frame of segmentation offload with its header. */
#define EBPF_MAX_PACKET (4096 + 65536)
/* struct virtio_net_hdr without and with num_buffers and hash. */
#define EBPF_MAX_VNET_HEADER 20

/* A packet as the filter got it, and as the program sees it: one after the other in memory,
 *   memory: headroom | vnet header | frame | tailroom
 * so that it goes on as one piece. While the program runs the header is kept apart: a program that makes
 * its packet longer in front writes there. */
struct ebpf_packet {
    uint8_t memory[EBPF_HEADROOM + EBPF_MAX_PACKET + EBPF_TAILROOM];
    uint8_t vnet[EBPF_MAX_VNET_HEADER];
    size_t vnet_len;
    uint8_t *frame;
    size_t frame_len;
};

/* Copies a packet. False: it is shorter than its header, or longer than any. */
static inline bool ebpf_packet_take(struct ebpf_packet *packet, const struct iovec *iov, int count,
                                    size_t vnet_len)
{
    uint8_t *to = packet->memory + EBPF_HEADROOM;
    size_t total = 0;

    if (vnet_len > EBPF_MAX_VNET_HEADER) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len > EBPF_MAX_PACKET - total) {
            return false;
        }
        if (iov[i].iov_len != 0) {
            memcpy(to + total, iov[i].iov_base, iov[i].iov_len);
        }
        total += iov[i].iov_len;
    }
    if (total < vnet_len) {
        return false;
    }
    memcpy(packet->vnet, to, vnet_len);
    packet->vnet_len = vnet_len;
    packet->frame = to + vnet_len;
    packet->frame_len = total - vnet_len;
    /* What a program may make part of its packet is nobody else's. */
    memset(packet->memory, 0, EBPF_HEADROOM + vnet_len);
    memset(to + total, 0, EBPF_TAILROOM);
    return true;
}

/* Whether the frame is still what the iovecs hold. */
static inline bool ebpf_packet_is(const struct ebpf_packet *packet, const struct iovec *iov, int count)
{
    size_t skip = packet->vnet_len, at = 0;

    for (int i = 0; i < count; i++) {
        const uint8_t *bytes = (const uint8_t *)iov[i].iov_base;
        size_t len = iov[i].iov_len;

        if (skip >= len) {
            skip -= len;
            continue;
        }
        bytes += skip;
        len -= skip;
        skip = 0;
        if (len > packet->frame_len - at || memcmp(packet->frame + at, bytes, len) != 0) {
            return false;
        }
        at += len;
    }
    return at == packet->frame_len;
}

/* Puts the header back in front of a frame that the program left at `frame`, so that both are one piece;
 * `big_endian`: the byte order of the header's fields. False: the header cannot be made to fit.
 *
 * A frame that grew or shrank in front (a VLAN tag, a tunnel's header) moves the offsets that count from
 * its start. Nothing is known of changes elsewhere: a frame whose checksum the device is to finish behind
 * its own end is refused. */
static inline bool ebpf_packet_mend(struct ebpf_packet *packet, uint8_t *frame, size_t frame_len,
                                    bool big_endian)
{
    enum { FLAGS = 0, HDR_LEN = 2, CSUM_START = 6, CSUM_OFFSET = 8, NEEDS_CSUM = 1, SHORTEST = 10 };
    const ptrdiff_t grown = packet->frame - frame;
    uint8_t *const vnet = packet->vnet;

    const bool moved = grown != 0 || frame_len != packet->frame_len;

    if (moved && packet->vnet_len >= SHORTEST && (vnet[FLAGS] & NEEDS_CSUM) != 0) {
        const int low = big_endian ? 1 : 0, high = 1 - low;
        const ptrdiff_t start = (vnet[CSUM_START + low] | vnet[CSUM_START + high] << 8) + grown;
        const ptrdiff_t offset = vnet[CSUM_OFFSET + low] | vnet[CSUM_OFFSET + high] << 8;
        ptrdiff_t hdr_len = vnet[HDR_LEN + low] | vnet[HDR_LEN + high] << 8;

        if (start < 0 || start > UINT16_MAX || (size_t)(start + offset + 2) > frame_len) {
            return false;
        }
        vnet[CSUM_START + low] = (uint8_t)start;
        vnet[CSUM_START + high] = (uint8_t)(start >> 8);
        if (hdr_len != 0) {
            hdr_len += grown;
            if (hdr_len < 0 || hdr_len > UINT16_MAX) {
                return false;
            }
            vnet[HDR_LEN + low] = (uint8_t)hdr_len;
            vnet[HDR_LEN + high] = (uint8_t)(hdr_len >> 8);
        }
    }
    if (frame < packet->memory + packet->vnet_len) {
        return false;
    }
    memcpy(frame - packet->vnet_len, vnet, packet->vnet_len);
    packet->frame = frame;
    packet->frame_len = frame_len;
    return true;
}

/* Header and frame, in one piece. */
static inline struct iovec ebpf_packet_whole(const struct ebpf_packet *packet)
{
    struct iovec whole = {
        .iov_base = packet->frame - packet->vnet_len,
        .iov_len = packet->vnet_len + packet->frame_len,
    };
    return whole;
}

#endif
