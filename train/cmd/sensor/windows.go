package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/litewren/litewren/train"
	"github.com/litewren/litewren/train/sensor"
	"github.com/litewren/litewren/train/signal"
)

// calibrationWindows is how many windows of training machines are written: enough for ranges of activations.
const calibrationWindows = 512

// writeWindows writes the inputs of the networks as stacked .npy files, each beside a labels.txt.
func writeWindows(dir string, seed uint64) error {
	training := sensor.Record(seed, sensor.FirstTrain, sensor.TrainMachines, sensor.ShortRun)
	p, err := signal.Fit(training, sensor.Window, sensor.Features)
	if err != nil {
		return err
	}
	all := sensor.Examples(p, training, sensor.Window)
	var some []train.Example
	for i := range min(calibrationWindows, len(all)) {
		some = append(some, all[i*len(all)/min(calibrationWindows, len(all))])
	}
	sets := map[string][]train.Example{
		"calibration": some,
		"validation":  sensor.Examples(p, sensor.Record(seed, sensor.FirstValidation, sensor.ValidationMachines, sensor.ShortRun), sensor.Window),
		"test":        sensor.Examples(p, sensor.Record(seed, sensor.FirstTest, sensor.TestMachines, sensor.Seconds), sensor.Stride),
	}
	for name, examples := range sets {
		if err := writeSet(filepath.Join(dir, name), examples); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d windows\n", filepath.Join(dir, name), len(examples))
	}
	return nil
}

func writeSet(dir string, examples []train.Example) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	size := len(examples[0].Input)
	// Version 1 of NumPy's format: the header fills up to a multiple of 64.
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", len(examples), size)
	const before, align = 10, 64
	for (before+len(header)+1)%align != 0 {
		header += " "
	}
	header += "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(b[8:], uint16(len(header)))
	b = append(b, header...)
	var labels bytes.Buffer
	for _, e := range examples {
		for _, v := range e.Input {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		fmt.Fprintln(&labels, e.Label)
	}
	if err := os.WriteFile(filepath.Join(dir, "input_0.npy"), b, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "labels.txt"), labels.Bytes(), 0o666)
}
