package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// clusterBoth clusters a model plainly and as tables and requires that both mean the same, bit for bit.
func clusterBoth(t *testing.T, f *schema.File, c compress.ClusterConfig) (*schema.File, *compress.Report) {
	t.Helper()
	plain, _, err := compress.Cluster(context.Background(), f, c)
	require.NoError(t, err)
	c.Format = compress.ClusterMetadata
	packed, report, err := compress.Cluster(context.Background(), f, c)
	require.NoError(t, err)
	it := interpret(t, plain)
	lo, hi := domain(it.Input(0))
	set := smooth(it, 3, 1, lo, hi)
	require.Equal(t, outputs(t, it, set), outputs(t, interpret(t, packed), set))
	b, err := schema.Encode(packed)
	require.NoError(t, err)
	require.EqualValues(t, len(b), report.After.File)
	return packed, report
}

func metadataNames(f *schema.File) []string {
	var names []string
	for _, d := range f.Model.Metadata {
		names = append(names, d.Name)
	}
	return names
}

func TestClusterMetadata(t *testing.T) {
	for k, bits := range map[int]float64{2: 1, 16: 4, 100: 7} {
		f := dense(gaussian(128*128, 7), 128, 128)
		f.Model.Buffers = append(f.Model.Buffers, &tflite.BufferT{Data: []byte("of the author")})
		f.Model.Metadata = []*tflite.MetadataT{{Name: "note", Buffer: 2}}
		packed, report := clusterBoth(t, f, compress.ClusterConfig{Clusters: k})
		require.Less(t, float64(report.After.Constants), bits/32*float64(report.Before.Constants)+700)
		require.LessOrEqual(t, float64(report.Changes[0].BytesAfter), bits/8*128*128+float64(4*k))
		require.Equal(t, []string{"note", "COMPRESSION_METADATA"}, metadataNames(packed))
		require.Equal(t, "of the author", string(packed.Model.Buffers[packed.Model.Metadata[0].Buffer].Data))
		require.Len(t, packed.Model.Subgraphs[0].Operators, 1, "no nodes are added")
		// What has tables is no input of transforms.
		_, _, err := compress.Tidy(packed, compress.TidyConfig{})
		require.ErrorIs(t, err, ops.ErrUnsupported)
		_, _, err = compress.Cluster(context.Background(), packed, compress.ClusterConfig{Clusters: 4, Format: compress.ClusterMetadata})
		require.ErrorIs(t, err, ops.ErrUnsupported)
	}
}

// TestClusterMetadataInt8 has integers: with one scale, and with one for each channel, whose tables are of their own.
func TestClusterMetadataInt8(t *testing.T) {
	for _, rows := range []bool{false, true} {
		f, _, err := compress.Dynamic(dense(gaussian(64*256, 8), 64, 256), compress.DynamicConfig{PerChannelFC: rows})
		require.NoError(t, err)
		_, report := clusterBoth(t, f, compress.ClusterConfig{Clusters: 16})
		require.Empty(t, report.Skipped)
		want := 64*256/2 + 16
		if rows {
			want = 64*256/2 + 64*16
		}
		require.LessOrEqual(t, report.Changes[0].BytesAfter, int64(want))
		require.Less(t, report.After.File, report.Before.File)
	}
	// Depthwise filters have their channels last.
	n := newNetwork(1, 8, 8, 16)
	n.depthwise("w", 8)
	n.conv("v", 40, 1)
	f := n.file()
	set := smooth(interpret(t, f), 8, 1, -1, 1)
	q, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
	require.NoError(t, err)
	_, report := clusterBoth(t, q, compress.ClusterConfig{Clusters: 3, Depthwise: true})
	require.Empty(t, report.Skipped)
	require.Len(t, report.Changes, 2)
}

// TestClusterMetadataSkips has what stays plain: equal bytes that something else reads, and operators without tables.
func TestClusterMetadataSkips(t *testing.T) {
	f := sensorModel(t, "sensor_lstm.tflite")
	_, report := clusterBoth(t, f, compress.ClusterConfig{Clusters: 16, MinElements: 64})
	require.NotEmpty(t, report.Skipped)
	require.Contains(t, report.Skipped[0].Reason, "UNIDIRECTIONAL_SEQUENCE_LSTM reads it")

	f = dense(gaussian(64*64, 9), 64, 64)
	f.Model.Subgraphs[0].Outputs = append(f.Model.Subgraphs[0].Outputs, 1)
	out, report := clusterBoth(t, f, compress.ClusterConfig{Clusters: 16})
	require.Contains(t, report.Skipped[0].Reason, "an input or output")
	require.Contains(t, report.Warnings, "no weights to store as tables")
	require.Empty(t, out.Model.Metadata)
	_, report = clusterBoth(t, dense(gaussian(4*32, 9), 4, 32), compress.ClusterConfig{Clusters: 128, MinElements: 1})
	require.Contains(t, report.Skipped[0].Reason, "take no less room")
	_, _, err := compress.Cluster(context.Background(), f, compress.ClusterConfig{Clusters: 129, Format: compress.ClusterMetadata})
	require.ErrorIs(t, err, ops.ErrValue)
}

func TestClusterMetadataModels(t *testing.T) {
	for _, name := range []string{"sensor_autoencoder.tflite", "sensor_transformer.tflite"} {
		f := sensorModel(t, name)
		packed, report := clusterBoth(t, f, compress.ClusterConfig{Clusters: 32})
		require.Equal(t, append(metadataNames(f), "COMPRESSION_METADATA"), metadataNames(packed))
		require.Less(t, report.After.File, report.Before.File)
		t.Logf("%s: %d -> %d bytes", name, report.Before.File, report.After.File)
	}
}
