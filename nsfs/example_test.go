package nsfs_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nslab/nslab/nsfs"
)

// Do runs a function on a thread that is in the namespace. A goroutine that it
// starts is not.
func ExampleHandle_Do() {
	ctx := context.Background()
	var dir nsfs.Dir
	h, err := dir.Create(ctx, "example")
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Delete(ctx, "example")
	defer h.Close()
	err = h.Do(func() error {
		const setting = "/proc/sys/net/ipv4/ip_default_ttl" // of the thread's namespace
		if err := os.WriteFile(setting, []byte("10"), 0); err != nil {
			return err
		}
		ttl, err := os.ReadFile(setting)
		fmt.Printf("packets from there go %s", ttl)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: packets from there go 10
}
