// Command compress makes a float model smaller in several ways and compares the results: the three sensor models by
// accuracy on machines that no model was trained on, others by how close they stay to the original.
//
//	go run ./examples/compress               # the shipped sensor models
//	go run ./examples/compress MODEL.tflite  # other models, on random inputs
//
// The tables of docs/compression.md are its output.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/compare"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/train"
	"github.com/litewren/litewren/train/sensor"
	"github.com/litewren/litewren/train/signal"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("compress: ")
	models := flag.String("models", "testdata/models", "folder with sensor_lstm.tflite, sensor_transformer.tflite and sensor_autoencoder.tflite")
	flag.Parse()
	if err := run(context.Background(), *models, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, models string, others []string) error {
	if len(others) > 0 {
		for _, path := range others {
			if err := shrink(ctx, path, nil, nil); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return nil
	}
	calibration, test, err := windows()
	if err != nil {
		return err
	}
	for _, name := range []string{"lstm", "transformer", "autoencoder"} {
		if err := shrink(ctx, filepath.Join(models, "sensor_"+name+".tflite"), calibration, test); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// windows returns inputs of the sensor models: of machines that they were trained on, for calibration, and of others.
func windows() (calibration, test *dataset.Set, err error) {
	training := sensor.Record(sensor.Seed, sensor.FirstTrain, sensor.TrainMachines, sensor.ShortRun)
	p, err := signal.Fit(training, sensor.Window, sensor.Features)
	if err != nil {
		return nil, nil, err
	}
	held := sensor.Record(sensor.Seed, sensor.FirstTest, sensor.TestMachines, sensor.Seconds)
	return samples(sensor.Examples(p, training, sensor.Window)).Limit(512), samples(sensor.Examples(p, held, sensor.Stride)), nil
}

func samples(examples []train.Example) *dataset.Set {
	list := make([]dataset.Sample, len(examples))
	for i, e := range examples {
		list[i] = dataset.Sample{Inputs: []dataset.Value{{Floats: e.Input}}, Label: e.Label}
	}
	return dataset.Of(list...)
}

// recipe is a way to make a model smaller.
type recipe struct {
	name  string
	steps []step
}

type step func(*schema.File) (*schema.File, *compress.Report, error)

// smallZip is how much of the float file one of the files is to take after gzip -9: 0.15, less what other programs than Go's make
// of it.
const smallZip = 0.146

// recipes lists what is compared; size is that of the float file.
func recipes(ctx context.Context, calibration *dataset.Set, size int) []recipe {
	prune := func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Prune(ctx, f, calibration, compress.PruneConfig{Sparsity: 0.5})
	}
	refit := remember(func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Prune(ctx, f, calibration, compress.PruneConfig{Sparsity: 0.5, Criterion: compress.OBS, Refit: true})
	})
	gradual := remember(func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Prune(ctx, f, calibration, compress.PruneConfig{
			Sparsity: 0.5, Criterion: compress.OBS, Refit: true, Scope: compress.Global, Steps: 4,
		})
	})
	narrow := func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.PruneChannels(ctx, f, calibration, compress.ChannelConfig{Share: 0.25, Refit: true})
	}
	lowRank := func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Factorize(ctx, f, calibration, compress.FactorizeConfig{Budget: 0.5})
	}
	integer := func(bits int) step {
		return func(f *schema.File) (*schema.File, *compress.Report, error) {
			return compress.Integer(ctx, f, calibration, compress.IntegerConfig{Activations: bits})
		}
	}
	// coarse is int8 with weights that gzip stores in fewer bits; GPTQ makes up for what that costs, and names that nothing needs go.
	coarse := func(f *schema.File, entropy float64) (*schema.File, *compress.Report, error) {
		rounded, grids, _, err := compress.GPTQ(ctx, f, calibration, compress.GPTQConfig{
			Bits: 8, Entropy: entropy, Clip: compress.ClipNothing, MinElements: 512,
		})
		if err != nil {
			return nil, nil, err
		}
		out, _, err := compress.Integer(ctx, rounded, calibration, compress.IntegerConfig{Entropy: entropy, Grids: grids})
		if err != nil {
			return nil, nil, err
		}
		return compress.Tidy(out, compress.TidyConfig{Names: true})
	}
	// zipped is no coarser than it takes to come to the size wanted: no sample has a say in it.
	zipped := func(f *schema.File) (out *schema.File, report *compress.Report, err error) {
		for _, entropy := range []float64{4, 6, 8, 10, 12, 16} {
			if out, report, err = coarse(f, entropy); err != nil {
				return nil, nil, err
			}
			n, err := gzipSize(out)
			if err != nil {
				return nil, nil, err
			}
			if float64(n) <= smallZip*float64(size) {
				break
			}
		}
		return out, report, nil
	}
	nibbles := func(f *schema.File) (*schema.File, *compress.Report, error) {
		f, grids, _, err := compress.GPTQ(ctx, f, calibration, compress.GPTQConfig{Bits: 4})
		if err != nil {
			return nil, nil, err
		}
		return compress.Dynamic(f, compress.DynamicConfig{Bits: 4, Grids: grids})
	}
	dynamic := func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Dynamic(f, compress.DynamicConfig{})
	}
	cluster := func(f *schema.File) (*schema.File, *compress.Report, error) {
		return compress.Cluster(ctx, f, compress.ClusterConfig{Clusters: 32})
	}
	return []recipe{
		{"float16", []step{func(f *schema.File) (*schema.File, *compress.Report, error) {
			return compress.Float16(f, compress.Float16Config{})
		}}},
		{"dynamic range", []step{dynamic}},
		{"dynamic range, 4 bits by GPTQ", []step{nibbles}},
		{"int8", []step{integer(8)}},
		{"int16 x int8", []step{integer(16)}},
		{"pruned 50 %", []step{prune}},
		{"pruned 50 %, int8", []step{prune, integer(8)}},
		{"pruned 50 %, refitted", []step{refit}},
		{"pruned 50 %, refitted, int8", []step{refit, integer(8)}},
		{"pruned 50 % in 4 steps, refitted", []step{gradual}},
		{"the same, int8", []step{gradual, integer(8)}},
		{"the same, int8 for gzip", []step{gradual, zipped}},
		{"3/4 of the channels, refitted", []step{narrow}},
		{"low rank, half the weights", []step{lowRank}},
		{"32 values", []step{cluster}},
		{"pruned, 32 values, int8", []step{prune, cluster, integer(8)}},
	}
}

// gzipSize is the size of a model's file after gzip -9.
func gzipSize(f *schema.File) (int, error) {
	b, err := schema.Encode(f)
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(b); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return packed.Len(), nil
}

// remember makes a step compute once what several recipes begin with.
func remember(s step) step {
	type result struct {
		file   *schema.File
		report *compress.Report
	}
	known := map[*schema.File]result{}
	return func(f *schema.File) (*schema.File, *compress.Report, error) {
		if r, ok := known[f]; ok {
			return r.file, r.report, nil
		}
		out, report, err := s(f)
		if err == nil {
			known[f] = result{out, report}
		}
		return out, report, err
	}
}

// shrink applies all recipes to a model and prints the comparison.
func shrink(ctx context.Context, path string, calibration, test *dataset.Set) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	original, err := schema.Decode(b, schema.Limits{})
	if err != nil {
		return err
	}
	if test == nil {
		m, err := interpreter.Load(b)
		if err != nil {
			return err
		}
		it, err := interpreter.New(m)
		if err != nil {
			return err
		}
		if calibration, err = dataset.Random(dataset.Inputs(it), 64, 1); err != nil {
			return err
		}
		if test, err = dataset.Random(dataset.Inputs(it), 32, 2); err != nil {
			return err
		}
	}
	models := []compare.Model{{Name: "original", Bytes: b}}
	for _, r := range recipes(ctx, calibration, len(b)) {
		f := original
		for _, s := range r.steps {
			if f, _, err = s(f); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		b, err := schema.Encode(f)
		if err != nil {
			return err
		}
		models = append(models, compare.Model{Name: r.name, Bytes: b})
	}
	result, err := compare.Run(ctx, models, test, compare.Config{})
	if err != nil {
		return err
	}
	fmt.Printf("### %s\n\n%s\n", strings.TrimSuffix(filepath.Base(path), ".tflite"), result.Markdown())
	return nil
}
