// Command sensor trains the three networks of examples/sensor and writes testdata/models and testdata/recordings:
//
//	go run ./train/cmd/sensor            # from the repository's root; a few minutes
//	go run ./train/cmd/sensor -only lstm # one network
//	go run ./train/cmd/sensor -windows D # no training: windows with labels for litewren quantize and compare (--data D/test)
//
// The same seed gives the same files on the same type of processor.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/train"
	"github.com/litewren/litewren/train/sensor"
	"github.com/litewren/litewren/train/signal"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("sensor: ")
	out := flag.String("out", "testdata", "write models and recordings below this directory")
	seed := flag.Uint64("seed", sensor.Seed, "seed of machines, recordings and weights")
	only := flag.String("only", "", "train only the network of this name")
	epochs := flag.Int("epochs", 0, "train for this many epochs instead of the network's own number")
	windows := flag.String("windows", "", "write windows of recordings below this directory instead: calibration (of training machines), validation, test")
	flag.Parse()
	if *windows != "" {
		if err := writeWindows(*windows, *seed); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(*out, *seed, *only, *epochs); err != nil {
		log.Fatal(err)
	}
}

func run(out string, seed uint64, only string, epochs int) error {
	for _, dir := range []string{"models", "recordings"} {
		if err := os.MkdirAll(filepath.Join(out, dir), 0o777); err != nil {
			return err
		}
	}
	training := sensor.Record(seed, sensor.FirstTrain, sensor.TrainMachines, sensor.ShortRun)
	validation := sensor.Record(seed, sensor.FirstValidation, sensor.ValidationMachines, sensor.ShortRun)
	test := sensor.Record(seed, sensor.FirstTest, sensor.TestMachines, sensor.Seconds)
	if err := writeRecordings(filepath.Join(out, "recordings"), test); err != nil {
		return err
	}
	p, err := signal.Fit(training, sensor.Window, sensor.Features)
	if err != nil {
		return err
	}
	examples := sensor.Examples(p, training, sensor.Window)
	held := map[string][]train.Example{
		"validation": sensor.Examples(p, validation, sensor.Window),
		"test":       sensor.Examples(p, test, sensor.Stride),
	}
	fmt.Fprintf(os.Stderr, "windows: %d training, %d validation, %d test\n", len(examples), len(held["validation"]), len(held["test"]))
	known := false
	for _, n := range sensor.Networks() {
		if only != "" && n.Name != only {
			continue
		}
		known = true
		if epochs > 0 {
			n.Config.Epochs = epochs
		}
		if err := fit(out, seed, n, p, examples, held); err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	if !known {
		return fmt.Errorf("network: got %q, want one of lstm, transformer, autoencoder", only)
	}
	return nil
}

func fit(out string, seed uint64, n sensor.Network, p *signal.Preprocess, examples []train.Example, held map[string][]train.Example) error {
	m, err := n.Build(p, seed)
	if err != nil {
		return err
	}
	start := time.Now()
	n.Config.Seed = seed
	n.Config.Progress = func(epoch int, loss, accuracy float64) {
		fmt.Fprintf(os.Stderr, "%-11s epoch %2d/%d  loss %.4f  training accuracy %.1f %%  %s\n",
			n.Name, epoch, n.Config.Epochs, loss, 100*accuracy, time.Since(start).Round(time.Second))
	}
	if err := train.Fit(m, examples, n.Config); err != nil {
		return err
	}
	name := filepath.Join(out, "models", "sensor_"+n.Name+".tflite")
	if err := schema.WriteFile(name, schema.NewFile(m)); err != nil {
		return err
	}
	for _, set := range []string{"validation", "test"} {
		c, err := sensor.Evaluate(m, held[set])
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%-11s %-10s accuracy %.1f %%  %v\n", n.Name, set, 100*c.Accuracy(), c)
	}
	return nil
}

func writeRecordings(dir string, recs []signal.Recording) error {
	for _, r := range recs {
		var b bytes.Buffer
		if err := signal.WriteCSV(&b, r); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, sensor.FileName(r)), b.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}
