// libcni COMMAND CONFLIST CONTAINER NETNS IFNAME
//
// Does what a container runtime does, by the library that container runtimes do it with: ADD, CHECK or DEL of
// a container, the result of the ADD being kept in CACHE for the others, or VALIDATE. CNI_PATH leads to plugins, and
// CAPABILITIES has what the runtime offers, as JSON. Prints the result of an ADD, and on failure the error document.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

func offered() (map[string]interface{}, error) {
	text := os.Getenv("CAPABILITIES")
	if text == "" {
		return nil, nil
	}
	var capabilities map[string]interface{}
	err := json.Unmarshal([]byte(text), &capabilities)
	return capabilities, err
}

func carryOut(command, conflist, container, netns, ifname string) error {
	list, err := libcni.ConfListFromFile(conflist)
	if err != nil {
		return err
	}
	capabilities, err := offered()
	if err != nil {
		return err
	}
	config := libcni.NewCNIConfigWithCacheDir(filepath.SplitList(os.Getenv("CNI_PATH")), os.Getenv("CACHE"), nil)
	runtime := &libcni.RuntimeConf{
		ContainerID:    container,
		NetNS:          netns,
		IfName:         ifname,
		CapabilityArgs: capabilities,
	}
	ctx := context.Background()
	switch command {
	case "ADD":
		result, err := config.AddNetworkList(ctx, list, runtime)
		if err != nil {
			return err
		}
		return result.PrintTo(os.Stdout)
	case "CHECK":
		return config.CheckNetworkList(ctx, list, runtime)
	case "DEL":
		return config.DelNetworkList(ctx, list, runtime)
	case "VALIDATE":
		_, err := config.ValidateNetworkList(ctx, list)
		return err
	}
	return fmt.Errorf("unknown command %s", command)
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: libcni COMMAND CONFLIST CONTAINER NETNS IFNAME")
		os.Exit(2)
	}
	err := carryOut(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5])
	if err == nil {
		return
	}
	if refused, ok := err.(*types.Error); ok {
		json.NewEncoder(os.Stdout).Encode(refused)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
